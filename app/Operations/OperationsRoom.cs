using Crm.Storage;
using Marten;

namespace Crm.Operations;

/// <summary>What an administrator would do: backups, their proofs, and what watches over them.</summary>
public static class OperationsRoom
{
    public static void AddOperations(
        this IServiceCollection services, IConfiguration configuration, string dataFolder, OwnDatabase database)
    {
        services.AddSingleton(BackupOptions.From(configuration, dataFolder));
        services.AddSingleton(database);
        services.AddSingleton<BackupWriter>();
        services.AddSingleton<BackupReader>();
        services.AddSingleton<BackupProof>();
        services.AddSingleton<StoredSamples>();
        services.AddSingleton<BackupShelf>();
        services.AddSingleton<BackupJobs>();
        services.AddSingleton<ErasureList>();
        services.AddSingleton<BackupHealth>();
        services.AddSingleton<CertificateHealth>();
        services.AddSingleton<UpgradeGuard>();
        services.ConfigureMarten(options =>
        {
            options.Schema.For<BackupRecord>();
            options.Schema.For<BackupWatch>();
        });
    }

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        BackupPages.Map(app);
        UpkeepPage.Map(app);
    }
}
