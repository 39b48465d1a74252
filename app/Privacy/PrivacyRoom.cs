using Crm.People;
using Crm.Web;
using Marten;

namespace Crm.Privacy;

/// <summary>What people may ask of what is held about them, and what is noted of who looks at it.</summary>
public static class PrivacyRoom
{
    public static void AddPrivacy(this IServiceCollection services)
    {
        services.AddSingleton<PersonViews>();
        services.AddSingleton<Eraser>();
        services.AddSingleton<HeldFile>();
        services.AddSingleton<DataPage>();
        services.AddSingleton<OldPapers>();
        services.AddSingleton<NightClock>();
        services.AddSingleton<IStaffNotice, ClockNotice>();
        services.AddSingleton<Retention>();
        services.AddSingleton<RetentionPage>();
        services.AddPersonAct<RecordConsent>();
        services.AddHoldings<StreamHoldings>();
        services.AddHoldings<MessageHoldings>();
        services.AddHoldings<MoneyHoldings>();
        services.AddHoldings<ChangeHoldings>();
        services.AddHoldings<RetentionHoldings>();
        services.ConfigureMarten(options =>
        {
            options.Storage.Add(new TakenBackIndex(options));
            options.Events.IgnoreIndex(TakenBackIndex.Name);
            options.Schema.For<Erasure>();
            options.Schema.For<PrivacySettings>();
            options.Schema.For<KeptLonger>();
            options.Schema.For<RetentionRun>();
        });
    }

    /// <summary>Adds what a room holds of persons: it is in the file that they get, and is erased with them.</summary>
    public static void AddHoldings<T>(this IServiceCollection services) where T : class, IHoldings => services.AddSingleton<IHoldings, T>();

    public static void MapPrivacy(this IEndpointRouteBuilder app)
    {
        StopEmails.Map(app);
        AuditPage.Map(app);
        DataPage.Map(app);
        RetentionPage.Map(app);
        ClockNotice.Map(app);
    }
}
