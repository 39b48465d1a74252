using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Web;
using Htmx;
using Marten;

namespace Crm.Desk;

/// <summary>One filter of the list, as it is said above it.</summary>
/// <param name="Without">The list without it.</param>
public sealed record FilterChip(string Label, string Value, string Without);

/// <param name="Book">What sources are called.</param>
public sealed record LeadsView(
    LeadFilter Filter, LeadPage Page, SourceBook Book, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses,
    IReadOnlyList<string> Sources, InstituteClock Clock)
{
    /// <summary>The saved ones, of who looks and of everybody.</summary>
    public IReadOnlyList<SavedView> Views { get; init; } = [];

    /// <summary>Those that stand above the list; the one that it shows is among them.</summary>
    public IEnumerable<SavedView> ViewsAtHand =>
        Views.Take(FrameView.MostViews).Concat(Views.Skip(FrameView.MostViews).Where(Shows).Take(1));

    public bool Shows(SavedView view) => view.Query == Filter.ToQuery();

    /// <summary>Whether whoever looks may make one record of two people's.</summary>
    public bool MayMerge { get; init; }

    public string Count(MoneyStyle style) =>
        $"{(Page.IsMore ? "More than " : "")}{style.Number(Page.Count ?? 0)} {(Page.Count == 1 ? "lead" : "leads")}";

    /// <summary>All that match, as the object of a sentence.</summary>
    public string All(MoneyStyle style) => Page.IsMore ? "all that match" : $"all {Count(style)}";

    public string Nothing => Page.Unsearchable
        ? $"Nothing can be searched by “{Filter.Q}”: type a letter or a digit of a name, a number, an address or a reference."
        : IsFiltered ? "No leads match." : "No leads yet.";

    /// <summary>Whether anything is asked for: a list of all that is empty has nobody in it yet.</summary>
    public bool IsFiltered => Filter with { Sort = LeadSort.Received, Columns = null, After = null } != new LeadFilter();

    /// <summary>Whether the page has not all of them: on paper nothing else follows.</summary>
    public bool IsPart => Page.Next is not null || Page.IsCut;

    /// <summary>The place of the frame at which one is.</summary>
    public string Section => Filter.Waiting is Waiting.Answer ? "replies" : "leads";

    /// <summary>The list with no filter, in the same order and columns.</summary>
    public string Cleared => Address(new LeadFilter(Sort: Filter.Sort, Columns: Filter.Columns));

    public static IEnumerable<(string Value, string Text)> StageChoices =>
        [(LeadFilter.Open, "Open"), (LeadFilter.Waits, "Open or promised"), .. Fields.Choices<Stage>()];

    public IEnumerable<(string Value, string Text)> CounsellorChoices =>
        [(LeadFilter.Nobody, "Nobody who is here"), .. StaffNames.Choices(Staff)];

    /// <summary>By what the list is filtered, in words; what was not understood filters nothing and is not said.</summary>
    public IReadOnlyList<FilterChip> Chips(InstituteProfile institute)
    {
        var chips = new List<FilterChip>();
        void Add(string label, string? value, LeadFilter without)
        {
            if (value is { Length: > 0 }) chips.Add(new FilterChip(label, value, Address(without)));
        }
        Add("Search", Filter.Q, Filter with { Q = null });
        Add("Stage", TextOf(StageChoices, Filter.Stage), Filter with { Stage = null });
        Add("Counsellor", TextOf(CounsellorChoices, Filter.Counsellor) ?? (Guid.TryParse(Filter.Counsellor, out _) ? "Has left" : null),
            Filter with { Counsellor = null });
        Add("Waits for", Filter.Waiting is { } waiting ? WaitingWords.Of(waiting) : null, Filter with { Waiting = null });
        Add(institute.CourseWord.Label, Filter.Course is { } id ? Courses.FirstOrDefault(c => c.Id == id)?.Code ?? "Gone" : null,
            Filter with { Course = null });
        Add("Source", Filter.Source is { } source ? Book.NameOf(source) : null, Filter with { Source = null });
        return chips;
    }

    private static string Address(LeadFilter filter) => "/leads" + filter.ToQuery();

    private static string? TextOf(IEnumerable<(string Value, string Text)> choices, string? value) =>
        choices.FirstOrDefault(c => string.Equals(c.Value, value, StringComparison.OrdinalIgnoreCase)).Text;

    public IReadOnlyList<LeadColumn> Columns => LeadColumns.Of(Filter.Columns);

    public Form Form => new()
    {
        ["q"] = Filter.Q ?? "",
        ["stage"] = Filter.Stage ?? "",
        ["counsellor"] = Filter.Counsellor ?? "",
        ["course"] = Filter.Course?.ToString() ?? "",
        ["source"] = Filter.Source is { } source ? Book.NameOf(source) : "",
        ["waiting"] = Filter.Waiting?.ToString() ?? "",
        ["sort"] = Filter.Sort.ToString(),
    };
}

/// <summary>The page of the list of leads.</summary>
public static class LeadListPage
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/leads", ShowAsync);

    private static async Task<IResult> ShowAsync(
        HttpContext http, IQuerySession session, InstituteClock clock, CurrentInstitute institute, Sight sight, CancellationToken cancel)
    {
        var filter = LeadFilter.Read(http.Request.Query);
        var part = http.Request.IsHtmx() && !http.Request.IsHistoryRestore();
        var rows = part && filter.After is not null;
        var target = part ? http.Request.PartAsked() : "";
        if (target == "count") return await CountAsync(http, session, filter, clock, institute, sight, cancel);
        var table = target == "leads";
        var names = !rows && (filter.Counsellor is not null || filter.Course is not null);
        var offered = await OfferedAsync(session, http.User.UserId(), all: !rows && !table, names, cancel);
        var terms = new LeadTerms(clock, offered.Book, institute.Profile.PhoneRegion, sight.OnlyOf(http.User));
        var page = await LeadList.QueryAsync(session, filter, terms, whole: !part, cancel);
        var view = new LeadsView(filter, page, offered.Book, offered.Staff, offered.Courses, offered.Sources, clock)
        {
            Views = offered.Views,
            MayMerge = terms.Only is null,
        };
        return rows ? LeadRows.Create(view)
            : table ? LeadTable.Create(view)
            : target == "list" ? LeadsBody.Create(view)
            : Leads.Create(view);
    }

    // Many that were looked for are counted when their page is there.
    private static async Task<IResult> CountAsync(HttpContext http, IQuerySession session, LeadFilter filter, InstituteClock clock,
        CurrentInstitute institute, Sight sight, CancellationToken cancel)
    {
        var book = await SourceBook.LoadAsync(session, cancel);
        var terms = new LeadTerms(clock, book, institute.Profile.PhoneRegion, sight.OnlyOf(http.User));
        var page = new LeadPage([], null, await LeadList.CountAsync(session, filter, terms, cancel));
        return LeadCount.Create(new LeadsView(filter, page, book, [], [], [], clock));
    }

    // In one round trip; a part of the page offers no filters, and needs the names of sources, and of what it is filtered by.
    private static async Task<Offered> OfferedAsync(IQuerySession session, Guid user, bool all, bool names, CancellationToken cancel)
    {
        if (!all)
        {
            return new Offered(await SourceBook.LoadAsync(session, cancel),
                names ? await session.Query<User>().Where(u => u.Active).ToListAsync(cancel) : [],
                names ? await session.Query<Course>().ToListAsync(cancel) : [], [], []);
        }
        var batch = session.CreateBatchQuery();
        var book = batch.Load<SourceBook>(SourceBook.TheOne);
        var staff = batch.Query<User>().Where(u => u.Active).ToList();
        var courses = batch.Query<Course>().ToList();
        var sources = SourceList.Ask(batch, session.DocumentStore);
        var views = batch.Query<SavedView>().Where(SavedViews.IsShown(user)).ToList();
        await batch.Execute(cancel);
        var known = await book ?? new SourceBook();
        return new Offered(known, [.. await staff], (await courses).InReadingOrder(c => c.Name), SourceList.NamesOf(await sources, known),
            SavedViews.OnesOwnFirst((await views).InReadingOrder(v => v.Name), v => v.OwnerId == user));
    }

    /// <summary>What the filters offer to choose from, and what sources are called.</summary>
    private sealed record Offered(
        SourceBook Book, IReadOnlyList<User> Staff, IReadOnlyList<Course> Courses, IReadOnlyList<string> Sources,
        IReadOnlyList<SavedView> Views);
}
