using Crm.Privacy;
using Crm.Web;
using Marten;

namespace Crm.Desk;

/// <summary>The staff's pages that compose the acts: person, lists, board, today.</summary>
public static class DeskRoom
{
    public static void AddDesk(this IServiceCollection services)
    {
        services.AddHoldings<ViewHoldings>();
        services.AddSingleton<TimelineWords>();
        services.AddSingleton<SaidOfActs>();
        services.AddSingleton<Timeline>();
        services.AddSingleton<ActPanels>();
        services.AddSingleton<ObjectGate>();
        services.AddSingleton<PersonPage>();
        services.AddSingleton<ChangeLines>();
        services.AddSingleton<IFrame, StaffFrame>();
        services.AddSingleton<Finder>();
        services.AddSingleton<CallDesk>();
        services.AddSingleton<FirstSteps>();
        services.AddSingleton<SelectionPages>();
        services.AddSingleton<LiveFeed>();
        services.AddHostedService(sp => sp.GetRequiredService<LiveFeed>());
        services.ConfigureMarten(options =>
        {
            options.Listeners.Add(new ChangedLists());
            options.Schema.For<SavedView>().Index(x => x.OwnerId);
        });
        services.AddSingleton<IActPage>(sp => sp.GetRequiredService<PersonPage>());
    }

    public static void MapDesk(this IEndpointRouteBuilder app)
    {
        TodayPage.Map(app);
        SearchPage.Map(app);
        MergeSearch.Map(app);
        LeadListPage.Map(app);
        NextLead.Map(app);
        BoardPage.Map(app);
        LivePage.Map(app);
        SourceList.Map(app);
        PersonPage.Map(app);
        InstitutePage.Map(app);
        ChangesPage.Map(app);
        UndoPage.Map(app);
        StopChange.Map(app);
        SelectionPages.Map(app);
        LeadExport.Map(app);
        SavedViews.Map(app);
    }
}
