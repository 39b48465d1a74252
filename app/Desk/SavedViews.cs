using System.Linq.Expressions;
using Crm.Institute;
using Crm.Storage;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.AspNetCore.WebUtilities;
using RazorSlices;

namespace Crm.Desk;

/// <summary>A filter, an order and columns of the list of leads under a name. It outlives the account of who saved it.</summary>
public sealed class SavedView
{
    public Guid Id { get; set; }
    public string Name { get; set; } = "";

    /// <summary>As in the list's address.</summary>
    public string Query { get; set; } = "";
    public Guid OwnerId { get; set; }
    public string OwnerName { get; set; } = "";

    /// <summary>Whether it is in everybody's list, and opens to whoever has its link.</summary>
    public bool Shared { get; set; }
    public DateTimeOffset At { get; set; }

    public bool IsShownTo(Guid userId) => Shared || OwnerId == userId;

    public bool MayBeChangedBy(Guid userId, bool manager) => OwnerId == userId || Shared && manager;
}

/// <param name="Refused">The form of one of them that was refused; null where none was.</param>
public sealed record SavedViewsView(IReadOnlyList<SavedView> Views, Guid UserId, bool Manager, (Guid Id, Form Form)? Refused)
{
    /// <summary>The form of one that was to be saved, and was refused; null where none was.</summary>
    public Form? Unsaved { get; init; }

    public Form FormOf(SavedView view) => Refused is { } refused && refused.Id == view.Id
        ? refused.Form
        : Form.Showing(SavedViews.Shown(view));
}

/// <summary>Saving views of the list, opening them, and putting them in order.</summary>
public static class SavedViews
{
    private const int LongestName = 60;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/views", async Task<IResult> (HttpContext http, IQuerySession session, CancellationToken cancel) =>
            Views.Create(await ViewAsync(http, session, null, cancel)));
        app.MapPost("/views", SaveAsync);
        app.MapGet("/views/{id:guid}", async Task<IResult> (Guid id, HttpContext http, IQuerySession session, CancellationToken cancel) =>
            await session.LoadAsync<SavedView>(id, cancel) is { } view && view.IsShownTo(http.User.UserId())
                ? Results.Redirect("/leads" + view.Query)
                : Results.NotFound());
        app.MapPost("/views/{id:guid}", ChangeAsync).ShowsFormAgain();
        app.MapPost("/views/{id:guid}/removal", RemoveAsync);
    }

    /// <summary>Those that somebody has, and those that are shared, in the order in which they are read.</summary>
    public static async Task<IReadOnlyList<SavedView>> OfAsync(IQuerySession session, Guid userId, CancellationToken cancel) =>
        (await session.Query<SavedView>().Where(IsShown(userId)).ToListAsync(cancel)).InReadingOrder(v => v.Name);

    /// <summary>Of more than stand at hand one's own come first; fewer stay in the order in which they are read.</summary>
    public static IReadOnlyList<T> OnesOwnFirst<T>(IReadOnlyList<T> views, Func<T, bool> isOwn) =>
        views.Count <= FrameView.MostViews ? views : [.. views.OrderBy(v => isOwn(v) ? 0 : 1)];

    internal static Expression<Func<SavedView, bool>> IsShown(Guid userId) => v => v.Shared || v.OwnerId == userId;

    internal static IEnumerable<Drawn> Shown(SavedView view) => [("name", view.Name), ("shared", view.Shared ? "true" : "")];

    private static async Task<SavedViewsView> ViewAsync(
        HttpContext http, IQuerySession session, (Guid, Form)? refused, CancellationToken cancel) =>
        new(await OfAsync(session, http.User.UserId(), cancel), http.User.UserId(), http.User.IsManager(), refused);

    private static async Task<IResult> SaveAsync(
        HttpContext http, IDocumentSession session, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var query = (LeadFilter.Read(new QueryCollection(QueryHelpers.ParseQuery(form["filter"]))) with { After = null }).ToQuery();
        var stamp = http.Stamp(clock);
        // Whose id a form sends says nothing: of a view, all who see it know the id.
        if (!await SentForm.ClaimAsync(session, form, stamp.At, cancel)) return http.Go("/leads" + query);
        var name = await NameAsync(form, Guid.Empty, session, cancel);
        if (!form.Ok) return new Page(await RefusedAsync(http, session, form, cancel), 422);
        session.Insert(new SavedView
        {
            Id = Guid.CreateVersion7(stamp.At),
            Name = name!,
            Query = query,
            OwnerId = stamp.By.UserId!.Value,
            OwnerName = stamp.By.Name,
            Shared = form["shared"] == "true",
            At = stamp.At,
        });
        await session.SaveChangesAsync(cancel);
        return http.Go("/leads" + query);
    }

    // Beside the list it came from, which stays; without a script as a page.
    private static async Task<RazorSlice> RefusedAsync(HttpContext http, IQuerySession session, Form form, CancellationToken cancel) =>
        http.Request.IsHtmx()
            ? SaveView.Create(form)
            : Views.Create((await ViewAsync(http, session, null, cancel)) with { Unsaved = form });

    // Two of one name in everybody's list would be told apart by nobody.
    private static async Task<string?> NameAsync(Form form, Guid own, IDocumentSession session, CancellationToken cancel)
    {
        var name = form.Text("name", "a name for it", LongestName, required: true);
        if (name is null || form["shared"] != "true") return name;
        await session.LockNameAsync("shared views", cancel);
        var shared = await session.Query<SavedView>().Where(v => v.Shared && v.Id != own).ToListAsync(cancel);
        if (shared.FirstOrDefault(v => string.Equals(v.Name, name, StringComparison.OrdinalIgnoreCase)) is { } other)
            form.Refuse("name", $"A view in everybody's list is called so, saved by {other.OwnerName}. Choose another name.");
        return name;
    }

    private static async Task<IResult> ChangeAsync(Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        if (await MineAsync(id, http, session, cancel) is not { } view) return Results.NotFound();
        form.Reconcile(Shown(view));
        var name = await NameAsync(form, view.Id, session, cancel);
        if (!form.Ok) return new Page(Views.Create(await ViewAsync(http, session, (id, form), cancel)), 422);
        (view.Name, view.Shared) = (name!, form["shared"] == "true");
        session.Store(view);
        await session.SaveChangesAsync(cancel);
        return Results.Redirect("/views");
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext http, IDocumentSession session, CancellationToken cancel)
    {
        if (await MineAsync(id, http, session, cancel) is { } view)
        {
            session.Delete(view);
            await session.SaveChangesAsync(cancel);
        }
        return Results.Redirect("/views");
    }

    private static async Task<SavedView?> MineAsync(Guid id, HttpContext http, IQuerySession session, CancellationToken cancel) =>
        await session.LoadAsync<SavedView>(id, cancel) is { } view && view.MayBeChangedBy(http.User.UserId(), http.User.IsManager())
            ? view
            : null;
}
