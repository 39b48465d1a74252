using Crm.Leads;

namespace Crm.Assignment;

/// <summary>Who gets a lead.</summary>
public static class AssignmentRoom
{
    public static void AddAssignment(this IServiceCollection services)
    {
        services.AddSingleton<CounsellorRota>();
        services.AddLeadAct<HandOver>();
    }
}
