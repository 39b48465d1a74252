using Crm.Privacy;
using Crm.Storage;
using Crm.Web;
using Marten;

namespace Crm.Enquiries;

/// <summary>How people come in: the public form, the counter, and the one place that answers whose an enquiry is.</summary>
public static class EnquiriesRoom
{
    public static void AddEnquiries(this IServiceCollection services)
    {
        services.AddHoldings<EnquiryHoldings>();
        services.AddSingleton<EnquiryCeilings>();
        services.AddSingleton<IStaffNotice, CeilingNotice>();
        services.AddSingleton<Newcomers>();
        services.AddSingleton<Intake>();
        services.AddSingleton<TakeOver>();
        services.AddSingleton<MergePeople>();
        services.AddSingleton<Receipts>();
        services.AddSingleton<SendEnquiry>();
        services.ConfigureMarten(options =>
        {
            options.Schema.For<Enquiry>().Index(x => x.Reference)
                .Duplicate(x => x.SharedForm, configure: i => i.Of("shared_form is not null"));
            options.Schema.For<SuspectedEnquiry>().Duplicate(x => x.FormId)
                .Duplicate(x => x.State, pgType: "varchar", configure: i => i.Then("received_at"))
                .Duplicate(x => x.ReceivedAt);
        });
    }

    public static void MapEnquiries(this IEndpointRouteBuilder app)
    {
        app.MapPublicForm();
        app.MapAddLead();
        app.MapMergePages();
        app.MapSuspectedPages();
    }
}
