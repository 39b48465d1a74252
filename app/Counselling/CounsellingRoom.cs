using Crm.Leads;
using Crm.People;

namespace Crm.Counselling;

/// <summary>What counsellors do: contacts, notes, follow-ups, stages, losses, emails, and what they learn of a person.</summary>
public static class CounsellingRoom
{
    public static void AddCounselling(this IServiceCollection services)
    {
        services.AddLeadAct<MoveStage>();
        services.AddLeadAct<FinishFollowUp>();
        services.AddLeadAct<Reopen>();
        services.AddLeadAct<LogContact>();
        services.AddLeadAct<PlanFollowUp>();
        services.AddLeadAct<WriteNote>();
        services.AddLeadAct<SendEmail>();
        services.AddLeadAct<CorrectCourse>();
        services.AddLeadAct<Lose>();
        services.AddPersonAct<CorrectDetails>();
        services.AddPersonAct<AddContact>();
        services.AddPersonAct<AcceptEmail>();
        services.AddPersonAct<TagPerson>();
        services.AddPersonAct<ResendEmail>();
    }
}
