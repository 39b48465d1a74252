using Crm.Changes;
using Crm.Leads;
using Crm.People;
using Crm.Privacy;
using Marten;

namespace Crm.Counselling;

/// <summary>What counsellors do: contacts, notes, follow-ups, stages, losses, emails, and what they learn of a person.</summary>
public static class CounsellingRoom
{
    public static void AddCounselling(this IServiceCollection services)
    {
        services.AddHoldings<OrderHoldings>();
        services.AddLeadAct<MoveStage>();
        services.AddLeadAct<FinishFollowUp>();
        services.AddLeadAct<Reopen>();
        services.AddLeadAct<LogContact>();
        services.AddLeadAct<RecordCall>();
        services.AddLeadAct<TakeBack>();
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
        services.AddSingleton<BulkAct, BulkAssign>();
        services.AddSingleton<BulkAct, BulkStage>();
        services.AddSingleton<BulkAct, BulkTag>();
        services.AddSingleton<BulkAct, BulkEmail>();
        services.AddSingleton<BulkAct, BulkLose>();
        services.AddSingleton<IChangeWork, BulkWork>();
        services.ConfigureMarten(options => options.Schema.For<BulkOrder>());
    }
}
