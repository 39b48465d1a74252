using Marten;

namespace Crm.Enquiries;

/// <summary>How people come in: the public form, the counter, and the one place that answers whose an enquiry is.</summary>
public static class EnquiriesRoom
{
    public static void AddEnquiries(this IServiceCollection services)
    {
        services.AddSingleton<Intake>();
        services.AddSingleton<MergePeople>();
        services.ConfigureMarten(options => options.Schema.For<Enquiry>().Index(x => x.Reference));
    }

    public static void MapEnquiries(this IEndpointRouteBuilder app)
    {
        app.MapPublicForm();
        app.MapAddLead();
        app.MapMergePages();
    }
}
