using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>What is said of a discount that was asked for.</summary>
/// <param name="Waits">Whether nothing has been decided yet.</param>
public sealed record AskedWords(string First, string Rest, bool Waits);

/// <summary>What became of the discount that was asked for last, on the page where it waits.</summary>
/// <param name="IsNews">Whether it comes to a page that was drawn before, and shows less than there is by now.</param>
public sealed record AskedView(Lead Lead, bool IsNews = false)
{
    /// <returns>Null where nothing waits and nothing was answered.</returns>
    public AskedWords? Say(CurrentInstitute institute) => (Lead.Asked, Lead.Answer) switch
    {
        ({ } asked, _) => new AskedWords("Waits for a manager:", $"{institute.Show(asked.Offer.Discount)} off "
            + $"{institute.Show(asked.Offer.Fee)} in {asked.Offer.BatchCode}, asked by {asked.By}. “{asked.Why}” {Then(asked)}", true),
        (_, { Approved: false } no) => new AskedWords(
            $"{no.By} refused {institute.Show(no.Offer.Discount)} off", $"in {no.Offer.BatchCode}: {no.Why}", false),
        (_, { } yes) => new AskedWords(
            $"{yes.By} approved {institute.Show(yes.Offer.Discount)} off", $"in {yes.Offer.BatchCode}: {After(yes)}", false),
        _ => null,
    };

    private static string Then(DiscountRequest asked) => asked.Seat is null
        ? "Nothing is offered or written to anybody until then."
        : "They are enrolled, as it was told, when it is approved.";

    private static string After(DiscountAnswer yes) => yes.RollNumber.Length > 0 ? $"{yes.RollNumber} is taken."
        : yes.CameTooLate ? $"it is full by now. The price holds until {Format.Date(yes.Offer.ValidUntil)}, for the next seat."
        : $"the offer is open until {Format.Date(yes.Offer.ValidUntil)}.";
}

/// <summary>Answers a page that waits for a manager with how things stand.</summary>
public static class AskedPage
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/leads/{id:guid}/discount", async Task<IResult> (Guid id, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<Lead>(id, cancel) is { } lead
                ? AskedDiscount.Create(new AskedView(lead, IsNews: lead.Asked is null))
                : Results.NotFound());
}
