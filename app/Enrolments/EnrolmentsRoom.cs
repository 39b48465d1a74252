using Crm.Accounts;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Crm.Privacy;
using Crm.Seats;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>Offers, seats and who waits for one, who came, and the papers that say so.</summary>
public static class EnrolmentsRoom
{
    public static void AddEnrolments(this IServiceCollection services)
    {
        services.AddHoldings<AttendanceHoldings>();
        services.AddLeadAct<MakeOffer>();
        services.AddLeadAct<Enrol>();
        services.AddSingleton<IStaffNotice, ApprovalNotice>();
        services.AddLeadAct<JoinWaitlist>();
        services.AddLeadAct<LeaveWaitlist>();
        services.AddSeatAct<Transfer>();
        services.AddSeatAct<Withdraw>();
        services.AddSingleton<Waitlists>();
        services.AddSingleton<SeatTaking>();
        services.AddSingleton<SeatMoves>();
        services.AddSingleton<HoldSweep>();
        services.AddSingleton<HoldCalls>();
        services.AddSingleton<OfferCalls>();
        services.AddSingleton<AbsenceCalls>();
        services.AddSingleton<CancelBatch>();
        services.AddSingleton<Certificates>();
        services.AddSingleton<ILeadReaction, WaitsOfTheLost>();
        services.AddSingleton<LetterMaker>();
        services.AddSingleton<IAttachmentMaker>(sp => sp.GetRequiredService<LetterMaker>());
        services.ConfigureMarten(options => options.Schema.For<AttendanceDay>().Index(x => x.BatchId));
    }

    public static void MapEnrolments(this IEndpointRouteBuilder app)
    {
        app.MapBatchPage();
        app.MapApprovals();
        AskedPage.Map(app);
        app.MapBatchRules();
        app.MapAttendance();
        app.MapCancelBatch();
        app.MapGet("/enrolments/{id:guid}/certificate.pdf", CertificateAsync);
        app.MapBatchFile();
        app.MapGet("/leads/{id:guid}/enrolment-letter.pdf", async Task<IResult> (
            Guid id, IQuerySession session, LetterMaker letters, CancellationToken cancel) =>
            await session.LoadAsync<Lead>(id, cancel) is { IsEnrolled: true, EnrolmentId: { } seat }
                ? await Papers.AnswerAsync(letters.MakeAsync(seat, session, cancel), $"/leads/{id}")
                : Results.NotFound());
    }

    private static async Task<IResult> CertificateAsync(
        Guid id, HttpContext http, IQuerySession session, Certificates certificates, Sight sight, CancellationToken cancel)
    {
        var back = await session.LoadAsync<Enrolment>(id, cancel) is not { } seat ? "/batches"
            : sight.IsOfAll(http.User) ? $"/batches/{seat.BatchId}" : $"/leads/{seat.LeadId}";
        try
        {
            return await Papers.AnswerAsync(certificates.MakeAsync(id, session, cancel), back);
        }
        catch (Refusal refusal)
        {
            return new NoticeAnswer(new Notice("There is no certificate", refusal.Message, "Back", back),
                StatusCodes.Status422UnprocessableEntity);
        }
    }
}
