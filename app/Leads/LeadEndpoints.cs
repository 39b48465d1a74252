using System.Data;
using Crm.Accounts;
using Crm.Counselling;
using Crm.Courses;
using Crm.Enquiries;
using Crm.Enrolments;
using Crm.Institute;
using Crm.Messages;
using Crm.Pdf;
using Crm.Web;
using Htmx;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Leads;

public static class LeadEndpoints
{
    private const int CardsPerColumn = 30;

    public static void MapLeads(this IEndpointRouteBuilder app)
    {
        var leads = app.MapGroup("/leads");

        leads.MapGet("", async (HttpContext http, IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
        {
            var filter = ReadFilter(http.Request);
            var page = await LeadList.QueryAsync(session, filter, cancel);
            var target = http.Request.Headers["HX-Target"].ToString();
            var rowsOnly = http.Request.IsHtmx() && filter.After is not null;
            if (http.Request.IsHtmx() && (rowsOnly || target.EndsWith("#leads", StringComparison.Ordinal)))
            {
                var part = new LeadsView(filter, page, [], [], [], clock);
                return rowsOnly ? LeadRows.Create(part) : LeadTable.Create(part);
            }
            var staff = await session.Query<User>().Where(u => u.Active).OrderBy(u => u.Name).ToListAsync(cancel);
            var courses = await session.Query<Course>().OrderBy(c => c.Name).ToListAsync(cancel);
            var sources = await session.QueryAsync<string>("""
                with recursive names as (
                    (select source_name from enrolment.mt_doc_lead order by source_name limit 1)
                    union all
                    select (select l.source_name from enrolment.mt_doc_lead l where l.source_name > n.source_name order by l.source_name limit 1)
                    from names n where n.source_name is not null)
                select source_name from names where source_name is not null limit 200
                """, cancel);
            return (IResult)Leads.Create(new LeadsView(filter, page, staff, courses, sources, clock));
        });

        leads.MapGet("/board", async (HttpContext http, IDocumentStore store, InstituteClock clock, bool? mine, CancellationToken cancel) =>
            Board.Create(await BoardAsync(store, mine == true ? http.User.UserId() : null, clock, cancel)));

        leads.MapGet("/new", async (IQuerySession session, CancellationToken cancel) => NewLead.Create(new NewLeadView(new Form { ["formId"] = Guid.CreateVersion7().ToString() }, await CoursesAsync(session, cancel))));

        // Somebody who walked in or called: the same intake as the public form, typed by a counsellor.
        leads.MapPost("", async (HttpContext http, IQuerySession session, EnquiryIntake intake, IOptions<InstituteOptions> institute, CancellationToken cancel) =>
        {
            var form = await Form.ReadAsync(http.Request, cancel);
            var courses = await CoursesAsync(session, cancel);
            var name = form.Text("name", "a name", 100, required: true);
            var phone = form.Phone("phone", institute.Value.PhoneRegion);
            var email = form.Email("email");
            var course = form.Id("course", "a course") is { } id ? courses.FirstOrDefault(c => c.Id == id) : null;
            if (course is null) form.Refuse("course", "Choose one of the courses.");
            var source = form.Choice<ManualSource>("source", "how they came");
            var note = form.Lines("message", "a note", 1000);
            if (form["consent"] != "true") form.Refuse("consent", "Ask for their consent before keeping their details.");
            if (!form.Ok) return new Page(NewLead.Create(new NewLeadView(form, courses)), 422);
            var formId = Guid.TryParse(form["formId"], out var typed) && typed != Guid.Empty ? typed : Guid.CreateVersion7();
            var enquiry = await intake.ReceiveAsync(new NewEnquiry(formId, name!, phone!, email, course!, PreferredTime.Anytime,
                new LeadSource(Format.Words(source!.Value)), "Given in person to " + http.User.DisplayName(), note, http.User.DisplayName()), cancel);
            return Results.Redirect($"/leads/{enquiry.LeadId}");
        });

        leads.MapGet("/{id:guid}", async (Guid id, IQuerySession session, InstituteClock clock, CancellationToken cancel) =>
            await LeadView.LoadAsync(session, id, clock, "", new Form(), cancel) is { } view ? LeadDetail.Create(view) : NotFound());

        Action(leads, "contact", (form, _, _) =>
        {
            var channel = form.Choice<ContactChannel>("channel", "how you reached out");
            var outcome = form.Choice<ContactOutcome>("outcome", "what happened");
            var note = form.Lines("note", "a note", 2000);
            return (lead, by) => LeadRules.LogContact(lead, by, channel!.Value, outcome!.Value, note);
        });
        Action(leads, "note", (form, _, _) =>
        {
            var text = form.Lines("text", "a note", 4000, required: true);
            return (lead, by) => LeadRules.AddNote(lead, by, text);
        });
        Action(leads, "stage", (form, _, _) =>
        {
            var stage = form.Choice<LeadStage>("stage", "a stage");
            return (lead, by) => LeadRules.MoveTo(lead, by, stage!.Value);
        });
        Action(leads, "lose", (form, _, _) =>
        {
            var reason = form.Choice<LostReason>("reason", "why the lead was lost");
            var note = form.Lines("note", "a note", 2000);
            return (lead, by) => LeadRules.Lose(lead, by, reason!.Value, note);
        });
        Action(leads, "reopen", (form, _, _) =>
        {
            var why = form.Text("why", "why", 500);
            return (lead, by) => LeadRules.Reopen(lead, by, why);
        });
        Action(leads, "follow-up-done", (form, _, _) =>
        {
            var outcome = form.Text("outcome", "what came of it", 2000);
            return (lead, by) => LeadRules.CompleteFollowUp(lead, by, outcome);
        });

        leads.MapPost("/{id:guid}/follow-up", (Guid id, HttpContext http, FollowUps followUps, InstituteClock clock, CancellationToken cancel) =>
            RunAsync(http, id, "follow-up", form =>
            {
                var date = form.Date("date", "a day");
                var time = form.Time("time", "a time");
                var purpose = form.Text("purpose", "what it is for", 200);
                return () => followUps.ScheduleAsync(id, http.Actor(clock), clock.At(date!.Value, time!.Value), purpose, cancel);
            }, cancel));

        leads.MapPost("/{id:guid}/assign", (Guid id, HttpContext http, FollowUps followUps, InstituteClock clock, CancellationToken cancel) =>
            RunAsync(http, id, "assign", form =>
            {
                var counsellor = form.Id("counsellor", "a counsellor");
                return () => followUps.AssignAsync(id, http.Actor(clock), counsellor!.Value, cancel);
            }, cancel));

        leads.MapPost("/{id:guid}/details", (Guid id, HttpContext http, LeadChanges changes, InstituteClock clock, IOptions<InstituteOptions> institute, CancellationToken cancel) =>
            RunAsync(http, id, "details", form =>
            {
                var name = form.Text("name", "a name", 100, required: true);
                var phone = form.Phone("phone", institute.Value.PhoneRegion);
                var email = form.Email("email");
                var courseId = form.Id("course", "a course");
                return () => changes.ApplyAsync(id, async (lead, session) =>
                {
                    var course = await session.LoadAsync<Course>(courseId!.Value, cancel) ?? throw new Refusal("course", "Choose one of the courses.");
                    var by = http.Actor(clock);
                    return [new DetailsCorrected(by.At, by.Name, name!, phone!, email, course.Id, course.Name)];
                }, cancel);
            }, cancel));

        leads.MapPost("/{id:guid}/email", (Guid id, HttpContext http, LeadChanges changes, Letters letters, InstituteClock clock, CancellationToken cancel) =>
            RunAsync(http, id, "email", form =>
            {
                var subject = form.Text("subject", "a subject", 150, required: true);
                var body = form.Lines("body", "the message", 5000, required: true);
                return () => changes.ApplyAsync(id, (lead, session) =>
                {
                    if (lead.EmailsStopped) throw new Refusal($"{lead.Name} asked for no more emails.");
                    if (lead.Email is null) throw new Refusal("There is no email address yet: add it under “Correct details”.");
                    var by = http.Actor(clock);
                    var message = letters.Personal(lead, subject!, body!, form["brochure"] == "true", by.At);
                    session.Store(message);
                    IReadOnlyList<object> events = form["brochure"] == "true"
                        ? [new EmailQueued(by.At, by.Name, message.Id, subject!), new BrochureSent(by.At, by.Name, message.Id, lead.CourseName)]
                        : [new EmailQueued(by.At, by.Name, message.Id, subject!)];
                    return Task.FromResult(events);
                }, cancel);
            }, cancel));

        leads.MapPost("/{id:guid}/offer", (Guid id, HttpContext http, Enrolling enrolling, InstituteClock clock, CancellationToken cancel) =>
            RunAsync(http, id, "offer", form =>
            {
                var batch = form.Id("batchId", "a batch");
                var discount = form.Rupees("discount", "the discount", required: false);
                var until = form.Date("validUntil", "the last day of the offer");
                return () => enrolling.OfferAsync(id, http.Actor(clock), batch!.Value, discount!.Value, until!.Value, cancel);
            }, cancel));

        leads.MapPost("/{id:guid}/enrol", (Guid id, HttpContext http, Enrolling enrolling, InstituteClock clock, CancellationToken cancel) =>
            RunAsync(http, id, "enrol", form =>
            {
                var batch = form.Id("batchId", "a batch");
                var discount = form.Rupees("discount", "the discount", required: false);
                var instalments = form.Whole("instalments", "the number of instalments", 1, 6);
                var first = form.Date("firstDueOn", "when the first instalment is due");
                return () => enrolling.EnrolAsync(id, http.Actor(clock), batch!.Value, discount!.Value, instalments!.Value, first!.Value, cancel);
            }, cancel));

        leads.MapGet("/{id:guid}/brochure.pdf", (Guid id, IQuerySession session, Pdf.PersonalDocuments documents, CancellationToken cancel) =>
            PdfAsync(session, id, documents.BrochureAsync, cancel));
        leads.MapGet("/{id:guid}/enrolment-letter.pdf", (Guid id, IQuerySession session, Pdf.PersonalDocuments documents, CancellationToken cancel) =>
            PdfAsync(session, id, documents.EnrolmentLetterAsync, cancel));
    }

    /// <summary>Maps a form that needs nothing but the lead itself.</summary>
    private static void Action(RouteGroupBuilder leads, string action, Func<Form, InstituteClock, HttpContext, Func<Lead, Actor, IReadOnlyList<object>>> read) =>
        leads.MapPost($"/{{id:guid}}/{action}", (Guid id, HttpContext http, LeadChanges changes, InstituteClock clock, CancellationToken cancel) =>
            RunAsync(http, id, action, form =>
            {
                var decide = read(form, clock, http);
                return () => changes.ApplyAsync(id, lead => decide(lead, http.Actor(clock)), cancel);
            }, cancel));

    /// <summary>Reads a form, runs the change, and answers with the lead as it now stands, or with the form and what is wrong with it.</summary>
    private static async Task<IResult> RunAsync(HttpContext http, Guid id, string action, Func<Form, Func<Task<Lead?>>> read, CancellationToken cancel)
    {
        var form = await Form.ReadAsync(http.Request, cancel);
        var change = read(form);
        if (form.Ok)
        {
            try
            {
                if (await change() is null) return NotFound();
            }
            catch (Refusal violation)
            {
                form.Refuse(violation);
            }
        }
        if (http.Request.Headers["X-Board"].Count > 0) return form.Ok ? Results.NoContent() : Results.Text(form.Problem ?? form.Error("stage"), statusCode: 422);
        if (form.Ok && !http.Request.IsHtmx()) return Results.Redirect(LocalReturn(form["return"], $"/leads/{id}"));
        if (form.Ok && form["return"].Length > 0)
        {
            http.Response.Htmx(h => h.Redirect(LocalReturn(form["return"], "/today")));
            return Results.Ok();
        }
        var session = http.RequestServices.GetRequiredService<IQuerySession>();
        var view = await LeadView.LoadAsync(session, id, http.RequestServices.GetRequiredService<InstituteClock>(), form.Ok ? "" : action, form, cancel);
        if (view is null) return NotFound();
        return new Page(http.Request.IsHtmx() ? LeadBody.Create(view) : LeadDetail.Create(view), form.Ok ? 200 : 422);
    }

    private static string LocalReturn(string asked, string otherwise) => asked is "/today" or "/today?everyone=true" or "/leads/board" ? asked : otherwise;

    private static IResult NotFound() => new Page(NoticePage.Create(new Notice("No such lead", "It may have been opened from an old link.", "All leads", "/leads")), 404);

    private static async Task<IResult> PdfAsync(IQuerySession session, Guid id, Func<IQuerySession, Lead, CancellationToken, Task<PdfFile?>> make, CancellationToken cancel)
    {
        if (await session.LoadAsync<Lead>(id, cancel) is not { } lead) return NotFound();
        return await make(session, lead, cancel) is { } pdf ? Results.File(pdf.Content, "application/pdf", pdf.Name) : NotFound();
    }

    private static LeadFilter ReadFilter(HttpRequest request)
    {
        // PostgreSQL's text holds no NUL, and other control characters are never meant.
        string? Get(string name) => new string([.. request.Query[name].ToString().Where(c => !char.IsControl(c))]) is { Length: > 0 } value ? value : null;
        return new LeadFilter(Get("q"), Get("stage"), Get("counsellor"), Guid.TryParse(Get("course"), out var course) ? course : null, Get("source"),
            Enum.TryParse<LeadSort>(Get("sort"), true, out var sort) && Enum.IsDefined(sort) ? sort : LeadSort.Received, Get("after"));
    }

    private static async Task<BoardView> BoardAsync(IDocumentStore store, Guid? counsellor, InstituteClock clock, CancellationToken cancel)
    {
        // One moment for all columns: a lead moved meanwhile must not stand in two of them, or in none.
        await using var session = store.LightweightSession(IsolationLevel.RepeatableRead);
        await session.BeginTransactionAsync(cancel);
        var columns = new List<BoardColumn>();
        foreach (var stage in new[] { LeadStage.New, LeadStage.Contacted, LeadStage.Counselled, LeadStage.Offered, LeadStage.Enrolled })
        {
            var query = session.Query<Lead>().Where(l => l.Stage == stage);
            if (counsellor is { } id) query = query.Where(l => l.CounsellorId == id);
            var count = await query.CountAsync(cancel);
            var cards = await query.OrderByDescending(l => l.ReceivedAt).Take(CardsPerColumn).ToListAsync(cancel);
            columns.Add(new BoardColumn(stage, count, cards));
        }
        return new BoardView(columns, counsellor is not null, clock);
    }

    private static async Task<IReadOnlyList<Course>> CoursesAsync(IQuerySession session, CancellationToken cancel) =>
        await session.Query<Course>().Where(c => c.Open).OrderBy(c => c.Name).ToListAsync(cancel);
}
