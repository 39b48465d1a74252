using Marten;

namespace Crm.Reports;

/// <summary>Figures for managers, on screen and as files, and the flat tables that they are read from.</summary>
public static class ReportsRoom
{
    public static void AddReports(this IServiceCollection services)
    {
        services.AddSingleton<FunnelBooks>();
        services.AddSingleton<FeeBooks>();
        services.ConfigureMarten(options =>
        {
            options.Storage.Add(new FunnelSchema(options));
            options.Storage.Add(new FeeSchema(options));
        });
    }
}
