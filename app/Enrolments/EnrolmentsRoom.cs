using Crm.Leads;
using Crm.Messaging;
using Crm.Seats;
using Crm.Web;
using Marten;

namespace Crm.Enrolments;

/// <summary>Offers, seats, and the letters that confirm them.</summary>
public static class EnrolmentsRoom
{
    public static void AddEnrolments(this IServiceCollection services)
    {
        services.AddLeadAct<MakeOffer>();
        services.AddLeadAct<Enrol>();
        services.AddSingleton<IStaffNotice, ApprovalNotice>();
        services.AddLeadAct<JoinWaitlist>();
        services.AddLeadAct<LeaveWaitlist>();
        services.AddSeatAct<Transfer>();
        services.AddSeatAct<Withdraw>();
        services.AddSingleton<Waitlists>();
        services.AddSingleton<SeatMoves>();
        services.AddSingleton<HoldSweep>();
        services.AddSingleton<ILeadReaction, WaitsOfTheLost>();
        services.AddSingleton<LetterMaker>();
        services.AddSingleton<IAttachmentMaker>(sp => sp.GetRequiredService<LetterMaker>());
    }

    public static void MapEnrolments(this IEndpointRouteBuilder app)
    {
        app.MapBatchPage();
        app.MapApprovals();
        app.MapGet("/leads/{id:guid}/enrolment-letter.pdf", async (
            Guid id, IQuerySession session, LetterMaker letters, CancellationToken cancel) =>
            await session.LoadAsync<Lead>(id, cancel) is { IsEnrolled: true, EnrolmentId: { } seat }
                ? await Papers.AnswerAsync(letters.MakeAsync(seat, session, cancel), $"/leads/{id}")
                : Results.NotFound());
    }
}
