using Crm.Fees;
using Crm.Institute;
using Crm.Web;
using Marten;

namespace Crm.Reports;

/// <param name="Closings">The latest first.</param>
public sealed record CashView(CashDrawer Drawer, IReadOnlyList<CashClosing> Closings, Form Form, InstituteClock Clock)
{
    /// <summary>The days of the closings that are shown, as the address of their file carries them; empty where there are none.</summary>
    public string Range => Closings.Count == 0 ? "" : PeriodView.Query(Closings.Min(c => c.Day), Closings.Max(c => c.Day));
}

/// <summary>The managers' page on which the day's cash is counted and closed.</summary>
public static class CashPage
{
    private const int Shown = 60;
    private const int LongestNote = 200;

    public static void Map(RouteGroupBuilder reports)
    {
        reports.MapGet("/cash", async Task<IResult> (IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
        {
            var drawer = await CashDrawer.ReadAsync(session, cancel);
            return await ShowAsync(drawer, FormOf(drawer), session, clock, cancel);
        });
        reports.MapPost("/cash", CloseAsync).ShowsFormAgain();
    }

    private static async Task<IResult> CloseAsync(
        HttpContext http, IDocumentSession session, CurrentInstitute institute, InstituteClock clock, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var stamp = http.Stamp(clock);
        var isNew = await SentForm.ClaimAsync(session, form, stamp.At, cancel);
        if (!isNew) return Results.Redirect("/reports/cash");
        var drawer = await CashDrawer.LockAsync(session, cancel);
        if (Read(form, drawer, institute, stamp, clock) is { } closing)
        {
            session.Insert(closing);
            await session.SaveChangesAsync(cancel);
            return Results.Redirect("/reports/cash");
        }
        session.EjectAllPendingChanges();
        return await ShowAsync(drawer, form, session, clock, cancel, StatusCodes.Status422UnprocessableEntity);
    }

    private static CashClosing? Read(Form form, CashDrawer drawer, CurrentInstitute institute, Stamp stamp, InstituteClock clock)
    {
        var counted = form.Amount("counted", "what was counted", institute.Money);
        var takenOut = form.Amount("takenOut", "what was taken out", institute.Money, required: false);
        var note = form.Text("note", "a note", LongestNote) ?? "";
        // Whoever counted has compared it with what the page said.
        if (form.Remembered("expected") is { } seen && seen != Expected(drawer))
            form.Refuse("counted", $"Cash came or went meanwhile: {institute.Show(drawer.Expected)} is expected now. "
                + "Count again, or send it again if it is right.");
        form.Remember("expected", Expected(drawer));
        try
        {
            return form.Ok ? CashClosing.Of(drawer, counted!.Value, takenOut!.Value, note, stamp, clock.Today) : null;
        }
        catch (Refusal refusal)
        {
            form.Refuse(refusal);
            return null;
        }
    }

    private static Form FormOf(CashDrawer drawer)
    {
        var form = Form.Fresh(("takenOut", "0"));
        form.Remember("expected", Expected(drawer));
        return form;
    }

    private static string Expected(CashDrawer drawer) => drawer.Expected.ToString();

    private static async Task<IResult> ShowAsync(
        CashDrawer drawer, Form form, IQuerySession session, InstituteClock clock, CancellationToken cancel, int status = 200)
    {
        var closings = await session.Query<CashClosing>().OrderByDescending(c => c.Number).Take(Shown).ToListAsync(cancel);
        return new Page(Cash.Create(new CashView(drawer, closings, form, clock)), status);
    }
}
