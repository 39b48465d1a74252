using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Seats;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>When a batch takes place, as letters, offers and mail about held seats say it.</summary>
internal sealed record BatchDays(DateOnly StartsOn, DateOnly? EndsOn, string Schedule)
{
    private const string LastDay = "endsOn";

    public static BatchDays Of(Batch batch) => new(batch.StartsOn, batch.EndsOn, batch.Schedule);

    /// <returns>The field in which somebody was told something else; null where all that was said stays true.</returns>
    public string? FieldThatDiffers(BatchDays from) => StartsOn != from.StartsOn ? "startsOn"
        : Schedule != from.Schedule ? "schedule"
        : from.EndsOn is not null && EndsOn != from.EndsOn ? LastDay
        : null;

    /// <summary>What was told of a field that differs, after "they were told".</summary>
    public string Told(string field) =>
        field == LastDay && EndsOn is { } end ? $"that it goes on until {Format.Date(end)}" : $"{Format.Date(StartsOn)}, {Schedule}";

    /// <summary>What holds of it now, after the name of the batch.</summary>
    public string Now(string field) => field != LastDay ? $"is from {Format.Date(StartsOn)} now, {Schedule}"
        : EndsOn is { } end ? $"goes on until {Format.Date(end)} now"
        : "has no last day now";
}

/// <summary>Who was told the days of a batch, by their leads: where these days change, each of them is to be called.</summary>
/// <param name="Asked">Whose seat or offer waits for a manager.</param>
internal sealed record ToldDays(
    IReadOnlyList<Guid> Seated, IReadOnlyList<Guid> Offered, IReadOnlyList<Guid> Held, IReadOnlyList<Guid> Asked)
{
    public IReadOnlyList<Guid> Leads => [.. Seated.Concat(Offered).Concat(Held).Concat(Asked).Distinct().Order()];

    private string Words => string.Join(", and ", new[]
    {
        Count(Seated.Count, "student"), Count(Offered.Count, "open offer"), Count(Held.Count, "held seat"),
        Count(Asked.Count, "discount request"),
    }.Where(w => w.Length > 0));

    public static async Task<ToldDays> OfAsync(IQuerySession session, Batch batch, InstituteClock clock, CancellationToken cancel)
    {
        var seats = await session.Query<Enrolment>().Where(e => e.BatchId == batch.Id).ToListAsync(cancel);
        var offers = await OpenOffers.InAsync(session, batch, clock.Today, cancel);
        var asking = await session.Query<Lead>().Where(l => l.AskedAt != null).ToListAsync(cancel);
        return new ToldDays([.. seats.Where(s => s is { IsCurrent: true, IsErased: false }).Select(s => s.LeadId)],
            [.. offers.Select(l => l.Id)], [.. batch.Waitlist.Where(w => w.HoldsAt(clock.Now)).Select(w => w.LeadId)],
            [.. asking.Where(l => l.Asked?.Offer.BatchId == batch.Id).Select(l => l.Id)]);
    }

    /// <summary>Asks once whether other days are meant, where somebody was told these.</summary>
    /// <param name="field">In which they differ.</param>
    public void AskAbout(Form form, string field, BatchDays before, BatchDays after)
    {
        if (Leads.Count == 0) return;
        form.Ask(field, $"{after} {string.Join(' ', Leads)}",
            $"{Words}: they were told {before.Told(field)}.",
            "Send it again, and each of them is to be called.");
    }

    private static string Count(int count, string what) => count == 0 ? "" : $"{count} {what}{(count == 1 ? "" : "s")}";
}
