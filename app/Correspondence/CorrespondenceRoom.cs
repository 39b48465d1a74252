using Crm.Leads;
using Crm.Messaging;
using Crm.Seats;
using Marten;

namespace Crm.Correspondence;

/// <summary>What the institute writes by itself, and when it thinks better of it.</summary>
public static class CorrespondenceRoom
{
    public static void AddCorrespondence(this IServiceCollection services)
    {
        services.AddSingleton<Letters>();
        services.AddSingleton<FeeReminders>();
        services.AddSingleton<Nudges>();
        services.AddSingleton<BrochureMaker>();
        services.AddSingleton<IAttachmentMaker>(sp => sp.GetRequiredService<BrochureMaker>());
        services.AddSingleton<MessageCheck>();
        services.AddSingleton<IMessageCheck>(sp => sp.GetRequiredService<MessageCheck>());
        services.AddSingleton<IMessageWriter>(sp => sp.GetRequiredService<MessageCheck>());
        services.AddSingleton<ILeadReaction, LeadCorrespondence>();
        services.AddSingleton<ISeatReaction, SeatCorrespondence>();
    }

    public static void MapCorrespondence(this IEndpointRouteBuilder app) =>
        app.MapGet("/leads/{id:guid}/brochure.pdf", async Task<IResult> (
            Guid id, IQuerySession session, BrochureMaker brochures, CancellationToken cancel) =>
            await session.LoadAsync<Lead>(id, cancel) is { } lead
                ? await Papers.AnswerAsync(brochures.MakeAsync(lead, lead.CourseId, session, cancel), $"/leads/{id}")
                : Results.NotFound());
}
