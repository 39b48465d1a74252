using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Crm.Accounts;
using Crm.Changes;
using Crm.Counselling;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Web;
using Marten;
using RazorSlices;

namespace Crm.Desk;

/// <param name="Count">How many leads are chosen.</param>
/// <param name="Acts">What can be done to them, each with its fields.</param>
public sealed record SelectionView(LeadSelection Selection, int Count, IReadOnlyList<(ActView Act, string Key, RazorSlice Fields)> Acts)
{
    /// <summary>Whose the chosen leads are, where they are two people's who may be made one; else null.</summary>
    public MergePair? Pair { get; init; }
}

/// <summary>Two records that may be one person's.</summary>
/// <param name="Keep">The older one, which usually goes on.</param>
public sealed record MergePair(Person Keep, Person Other)
{
    public string Address => $"/people/{Keep.Id}/merges/new?with={Other.Id}";
}

/// <summary>What an act would do.</summary>
/// <param name="Names">Of the first to whom it would be done.</param>
/// <param name="Out">How many would be left out, by the reason.</param>
/// <param name="Unseen">How many were not looked at, because there are so many.</param>
public sealed record PreviewView(
    LeadSelection Selection, BulkAct Act, BulkOrder Order, int Count, int Will, IReadOnlyList<string> Names,
    IReadOnlyList<(string Why, int Count)> Out, int Unseen, Form Form)
{
    /// <summary>What is to be read over before it is done.</summary>
    public IReadOnlyList<(string Label, string Text)> Lines { get; init; } = [];

    /// <summary>What was typed, to be sent again.</summary>
    public IEnumerable<(string Field, string Value)> Typed => Order.Fields.Select(f => (f.Key, f.Value));

    /// <summary>Empty where nothing would be done; of how many cannot be said where not all were looked at.</summary>
    public string Button(MoneyStyle style) => Unseen > 0 ? Act.Title : Will > 0 ? Act.Button(Order, style.Number(Will)) : "";

    /// <summary>To whom it would be done, in one line.</summary>
    public string Whom(MoneyStyle style)
    {
        var more = Will - Names.Count;
        return string.Join(", ", Names) + (more > 0 ? $" and {style.Number(more)} more" : Unseen > 0 ? " and more" : "");
    }
}

/// <summary>
/// Acting on many leads of the list: what to do is chosen, what would happen is shown, and then it is done. What was chosen goes along
/// in the forms; a filter is asked again each time, and where the count has moved, that is said before anything is done.
/// </summary>
public sealed class SelectionPages(
    IEnumerable<BulkAct> acts, ChangeWorker worker, InstituteClock clock, CurrentInstitute institute, Sight sight)
{
    // So many are looked at while somebody waits for the page.
    private const int Looked = 5000;

    // So many names tell at a glance whether it is those that were meant.
    private const int Named = 5;
    private const string Seen = "seen", ActField = "act", Merge = "merge", Home = "/leads/selections", Previews = Home + "/previews";

    // What every browser, and whatever stands between it and here, takes for an address.
    private const int LongestAddress = 4000;
    private static readonly string[] GetAndPost = ["GET", "POST"];

    public static void Map(IEndpointRouteBuilder app)
    {
        var selections = app.MapGroup(Home).RequireAuthorization(Roles.CounsellingPolicy);
        // Few ticks fit into an address, which can be come back to.
        selections.MapMethods("", GetAndPost, (HttpContext http, SelectionPages pages, IQuerySession session, CancellationToken cancel) =>
            pages.ChooseAsync(http, session, cancel)).ShowsFormAgain();
        selections.MapMethods("/previews", GetAndPost, (
            HttpContext http, SelectionPages pages, IQuerySession session, CancellationToken cancel) =>
            pages.PreviewAsync(http, session, cancel)).ShowsFormAgain();
        selections.MapPost("/acts", (HttpContext http, SelectionPages pages, IDocumentSession session, CancellationToken cancel) =>
            pages.ActAsync(http, session, cancel)).ShowsFormAgain();
    }

    private async Task<IResult> ChooseAsync(HttpContext http, IQuerySession session, CancellationToken cancel)
    {
        var form = await ReadAsync(http.Request, cancel);
        var selection = LeadSelection.Read(form);
        // From the preview one comes back to the form as it was filled in.
        if (acts.FirstOrDefault(a => a.Key == form[ActField]) is { } act)
            return await ShowAsync(http, session, selection, form, act, cancel);
        if (form[Merge].Length > 0 && await PairAsync(http, session, selection, cancel) is { } pair) return Results.Redirect(pair.Address);
        if (form.Ok && !selection.IsEmpty && ToAddress(http, Home, selection.Carried) is { } address) return address;
        // An empty form says nothing of anybody: kept by the browser, it has what was typed when its sender goes back to it.
        if (HttpMethods.IsGet(http.Request.Method)) http.Response.Headers.CacheControl = "private, no-cache";
        return await ShowAsync(http, session, selection, form, null, cancel);
    }

    // To an address a browser goes back without asking whether to send a form again. Null where it is there, or where it would be too long.
    private static IResult? ToAddress(HttpContext http, string path, IEnumerable<(string Field, string Value)> fields)
    {
        if (!HttpMethods.IsPost(http.Request.Method)) return null;
        var query = QueryString.Create(fields.Where(f => f.Value.Length > 0).Select(f => KeyValuePair.Create(f.Field, (string?)f.Value)));
        return query.Value!.Length <= LongestAddress ? Results.Redirect(path + query) : null;
    }

    private async Task<IResult> PreviewAsync(HttpContext http, IQuerySession session, CancellationToken cancel)
    {
        var form = await ReadAsync(http.Request, cancel);
        var selection = LeadSelection.Read(form);
        if (acts.FirstOrDefault(a => a.Key == form[ActField]) is not { } act) return Results.NotFound();
        if (await act.ReadAsync(form, session, cancel) is not { } order)
            return await ShowAsync(http, session, selection, form, act, cancel);
        // Words to somebody stand in no address, which is kept by browsers and written down on the way.
        IEnumerable<(string, string)> fields = [.. selection.Carried, (ActField, act.Key), .. order.Fields.Select(f => (f.Key, f.Value))];
        if (!act.ToReadOver(order, null).Any() && ToAddress(http, Previews, fields) is { } address) return address;
        return await AskAsync(http, session, selection, act, order, Form.Fresh(), cancel);
    }

    private async Task<IResult> ActAsync(HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var (selection, stamp) = (LeadSelection.Read(form), http.Stamp(clock));
        if (acts.FirstOrDefault(a => a.Key == form[ActField]) is not { } act) return Results.NotFound();
        if (await act.ReadAsync(form, session, cancel) is not { } order)
            return await ShowAsync(http, session, selection, form, act, cancel);
        // The same form once more: it is shown where it stands among the changes.
        if (!await SentForm.ClaimAsync(session, form, stamp.At, cancel)) return Results.Redirect("/changes");
        var ids = await selection.FindAsync(session, await TermsAsync(http, session, cancel), cancel);
        if (!form.Ok) return await AskAsync(http, session, selection, act, order, form, cancel);
        if (MarkOf(ids) != form[Seen])
        {
            var moved = Form.Fresh();
            var seen = form[Seen].Split(' ')[0];
            moved.Refuse("", seen == $"{ids.Length}"
                ? "Meanwhile others match than were shown. Look again, then send it."
                : $"Meanwhile {ids.Length} match, and not {seen} any more. Look again, then send it.");
            return await AskAsync(http, session, selection, act, order, moved, cancel);
        }
        var change = BulkWork.Begin(session, order, ids, stamp);
        await session.SaveChangesAsync(cancel);
        await worker.StartAsync(change, cancel);
        return Results.Redirect($"/changes/{change.Id}");
    }

    // How many were shown, and by what it is known that they are the same.
    private static string MarkOf(Guid[] ids) =>
        $"{ids.Length} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<Guid>(ids)))}";

    private async Task<IResult> ShowAsync(
        HttpContext http, IQuerySession session, LeadSelection selection, Form form, BulkAct? open, CancellationToken cancel)
    {
        var count = (await selection.FindAsync(session, await TermsAsync(http, session, cancel), cancel)).Length;
        if (count == 0)
            return new NoticeAnswer(new Notice("No lead is chosen", "Tick some in the list, or take all that match.",
                "Back to the list", selection.List), 422);
        var offered = new List<(ActView, string, RazorSlice)>();
        foreach (var act in acts)
        {
            var view = new ActView(Previews, act == open ? form : new Form(), act.Title, act == open, act.Key);
            offered.Add((view, act.Key, await act.FieldsAsync(view, session, cancel)));
        }
        var chosen = new SelectionView(selection, count, offered) { Pair = await PairAsync(http, session, selection, cancel) };
        return new Page(Selection.Create(chosen), open is null || form.Ok ? 200 : 422);
    }

    // Of all that match a filter nobody means two.
    private async Task<MergePair?> PairAsync(HttpContext http, IQuerySession session, LeadSelection selection, CancellationToken cancel)
    {
        if (selection.Ticked.Count != 2 || !sight.IsOfAll(http.User)) return null;
        var leads = await session.LoadManyAsync<Lead>(cancel, [.. selection.Ticked]);
        var people = await session.LoadManyAsync<Person>(cancel, [.. leads.Select(l => l.PersonId).Distinct()]);
        return people.Where(p => p.IsCurrent).OrderBy(p => p.RegisteredAt).ThenBy(p => p.Id).ToList() is [var older, var newer]
            ? new MergePair(older, newer)
            : null;
    }

    private async Task<IResult> AskAsync(HttpContext http, IQuerySession session, LeadSelection selection, BulkAct act, BulkOrder order,
        Form form, CancellationToken cancel)
    {
        var ids = await selection.FindAsync(session, await TermsAsync(http, session, cancel), cancel);
        var rows = new List<(Lead, Person)>();
        foreach (var some in ids.Take(Looked).Chunk(500))
            rows.AddRange((await LeadEntry.ReadAsync(session, "where d.id = any(?) order by d.id", [some], cancel))
                .Where(e => e.Row is not null).Select(e => (e.Row!.Lead, e.Row.Person)));
        var verdicts = BulkWork.Try(act, order, rows, http.Stamp(clock)).ToList();
        var left = verdicts.OfType<string>().GroupBy(why => why).Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Item2);
        form[Seen] = MarkOf(ids);
        var first = rows.Zip(verdicts).Where(r => r.Second is null).Take(Named).Select(r => r.First.Item2).ToList();
        var view = new PreviewView(selection, act, order, ids.Length, verdicts.Count(v => v is null), [.. first.Select(p => p.Name.Text)],
            [.. left], ids.Length - Math.Min(ids.Length, Looked), form)
        { Lines = [.. act.ToReadOver(order, first.FirstOrDefault())] };
        return new Page(SelectionPreview.Create(view), form.Ok ? 200 : 422);
    }

    private static async Task<Form> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (HttpMethods.IsPost(request.Method)) return await Form.ReadAsync(request, cancel);
        var form = new Form();
        foreach (var (field, values) in request.Query) form[field] = values.ToString();
        return form;
    }

    private async Task<LeadTerms> TermsAsync(HttpContext http, IQuerySession session, CancellationToken cancel) =>
        new(clock, await SourceBook.LoadAsync(session, cancel), institute.Profile.PhoneRegion, sight.OnlyOf(http.User));
}
