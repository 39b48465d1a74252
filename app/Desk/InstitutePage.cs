using Crm.Accounts;
using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Desk;

public sealed record InstituteView(Form Form, bool Saved);

/// <summary>The page on which managers describe their institute: what stands on pages, in emails and on paper.</summary>
public static class InstitutePage
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup("/institute").RequireAuthorization(Roles.ManagerPolicy);
        manager.MapGet("", async Task<IResult> (IQuerySession session, CancellationToken cancel) =>
            InstituteSettings.Create(new InstituteView(Form.Showing(Shown(await LoadAsync(session, cancel))), false)));
        manager.MapPost("", SaveAsync).ShowsFormAgain().TakesLongTexts();
    }

    private static async Task<IResult> SaveAsync(
        HttpContext http, IDocumentSession session, CurrentInstitute institute, Sessions sessions, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        // Who saves at the same moment waits, and then sees what the first has changed.
        var profile = await session.LockAsync<InstituteProfile>(InstituteProfile.TheOne, cancel) ?? new InstituteProfile();
        var (before, payee) = (Shown(profile).ToList(), profile.UpiPayee);
        form.Reconcile(before);
        ReadIdentity(form, profile);
        ReadTexts(form, profile);
        ReadHabits(form, profile);
        InstituteMoney.Read(form, profile, institute.Money);
        form.MustBeDrawable("name", "tagline", "address", "website", "brochureSteps", "letterText", "currencySymbol", "courseWord",
            "batchWord", "moduleWord", "upiName");
        if (form.Ok)
        {
            // To whom all fees are paid from now on.
            if (profile.UpiPayee != payee && await sessions.AskWhereNeededAsync(http) is { } asks) return asks;
            session.Store(profile);
            http.AuditSettings(session, "institute", before, Shown(profile));
            if (await session.TrySaveAsync(form, "", Form.Overtaken, cancel))
            {
                await institute.RefreshAsync(cancel, now: true);
                return InstituteSettings.Create(new InstituteView(Form.Showing(Shown(profile)), true));
            }
        }
        return new Page(InstituteSettings.Create(new InstituteView(form, false)), 422);
    }

    private static async Task<InstituteProfile> LoadAsync(IQuerySession session, CancellationToken cancel) =>
        await session.LoadAsync<InstituteProfile>(InstituteProfile.TheOne, cancel) ?? new InstituteProfile();

    private static void ReadIdentity(Form form, InstituteProfile profile)
    {
        profile.Name = form.Text("name", "the institute's name", 100, required: true) ?? "";
        profile.Tagline = form.Text("tagline", "a line about it", 150) ?? "";
        profile.Address = form.Text("address", "the address", 200, required: true) ?? "";
        profile.PhoneRegion = Region(form);
        profile.Phone = form.Phone("phone", profile.PhoneRegion, ask: true)?.Grouped ?? "";
        profile.Email = form.Email("email", required: true)?.Text ?? "";
        profile.Website = form.Text("website", "the website", 200) ?? "";
        if (profile.Website.Length > 0
            && !(Uri.TryCreate(profile.Website, UriKind.Absolute, out var site) && site.Scheme is "http" or "https"))
            form.Refuse("website", "Enter an address like https://institute.example.");
    }

    private static void ReadTexts(Form form, InstituteProfile profile)
    {
        profile.HomeTitle = form.Text("homeTitle", "a title", 80) ?? "";
        profile.HomeText = form.Lines("homeText", "the text", 2000) ?? "";
        profile.BrochureSteps = form.Lines("brochureSteps", "the steps", 1500) ?? "";
        profile.LetterText = form.Lines("letterText", "the text", 1000) ?? "";
        profile.CommonQuestions = form.Text("commonQuestions", "what people ask", 200) ?? "";
    }

    private static void ReadHabits(Form form, InstituteProfile profile)
    {
        profile.CurrencySymbol = form.Text("currencySymbol", "the currency's sign", 5, required: true) ?? "";
        if (profile.CurrencySymbol.Any(char.IsNumber))
            form.Refuse("currencySymbol", "A sign with a figure in it would be read as part of each amount.");
        profile.CurrencyWord = form.Text("currencyWord", "the currency's name", 20, required: true) ?? "";
        profile.CurrencyMinorWord = form.Text("currencyMinorWord", "the name of its hundredth", 20, required: true) ?? "";
        profile.Grouping = form.Choice<DigitGrouping>("grouping", "how digits are grouped") ?? default;
        profile.FinancialYearStart = form.Whole("financialYearStart", "the month", 1, 12) ?? 1;
        profile.ReminderDays = Reminders(form);
        profile.CourseWord = NounOf(form, "courseWord");
        profile.BatchWord = NounOf(form, "batchWord");
        profile.ModuleWord = NounOf(form, "moduleWord");
    }

    private static List<int> Reminders(Form form)
    {
        var (days, problem) = ReminderDays.Read(form.Text("reminderDays", "the days", 200) ?? "");
        if (problem is not null) form.Refuse("reminderDays", problem);
        return [.. days];
    }

    private static Noun NounOf(Form form, string field)
    {
        var one = form.Text(field, "the word for one", 20, required: true)?.ToLowerInvariant();
        var many = form.Text(field + "s", "the word for several", 20, required: true)?.ToLowerInvariant();
        return new Noun(one ?? "", many ?? "");
    }

    private static string Region(Form form)
    {
        var region = form.Text("phoneRegion", "a country", 2, required: true)?.ToUpperInvariant() ?? "";
        if (region.Length > 0 && !PhoneNumbers.PhoneNumberUtil.GetInstance().GetSupportedRegions().Contains(region))
            form.Refuse("phoneRegion", "Enter the two letters of a country, such as IN.");
        return region;
    }

    private static IEnumerable<Drawn> Shown(InstituteProfile p) =>
    [
        ("name", p.Name), ("tagline", p.Tagline), ("address", p.Address), ("phone", p.Phone), ("email", p.Email),
        ("website", p.Website), ("homeTitle", p.HomeTitle), ("homeText", p.HomeText), ("brochureSteps", p.BrochureSteps),
        ("letterText", p.LetterText), ("commonQuestions", p.CommonQuestions), ("phoneRegion", p.PhoneRegion),
        ("currencySymbol", p.CurrencySymbol), ("currencyWord", p.CurrencyWord), ("currencyMinorWord", p.CurrencyMinorWord),
        ("grouping", p.Grouping.ToString(), Format.Words(p.Grouping)),
        ("financialYearStart", p.FinancialYearStart.ToString(), InstituteWords.MonthOf(p.FinancialYearStart)),
        ("reminderDays", ReminderDays.Write(p.ReminderDays)),
        ("courseWord", p.CourseWord.One), ("courseWords", p.CourseWord.Many), ("batchWord", p.BatchWord.One),
        ("batchWords", p.BatchWord.Many), ("moduleWord", p.ModuleWord.One), ("moduleWords", p.ModuleWord.Many),
        .. InstituteMoney.Shown(p),
    ];
}
