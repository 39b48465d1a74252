using Crm.Accounts;
using Crm.Leads;
using Marten;
using Marten.Services;

namespace Crm.Assignment;

/// <summary>Who gets a lead.</summary>
public static class AssignmentRoom
{
    public static void AddAssignment(this IServiceCollection services)
    {
        services.AddSingleton<CounsellorRota>();
        services.AddSingleton<IWorkInHand, LeadsInHand>();
        services.AddLeadAct<HandOver>();
        services.ConfigureMarten((sp, options) => options.Listeners.Add(new StaffChanged(sp)));
    }

    // Nobody who has just left is given a lead. The rota needs the store, which needs its listeners: it is asked for late.
    private sealed class StaffChanged(IServiceProvider services) : DocumentSessionListenerBase
    {
        public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
        {
            if (commit.Inserted.Concat(commit.Updated).OfType<User>().Any()) services.GetRequiredService<CounsellorRota>().Forget();
            return Task.CompletedTask;
        }
    }
}
