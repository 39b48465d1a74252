using Crm.Institute;
using Crm.Privacy;
using Crm.Storage;
using Marten;
using Microsoft.AspNetCore.Http.Features;

namespace Crm.Imports;

/// <summary>Spreadsheets in: what stands in a file, whose each row is, and their going in by the door of all enquiries.</summary>
public static class ImportsRoom
{
    public static void AddImports(this IServiceCollection services)
    {
        services.AddHoldings<ImportHoldings>();
        services.AddSingleton<Preview>();
        services.AddSingleton<Drop>();
        services.AddSingleton<ImportRunner>();
        services.AddSingleton<ImportPage>();
        // Many a service has no folder for temporary files: what the limit of a request lets through is kept at hand.
        services.Configure<FormOptions>(o => o.MemoryBufferThreshold = ImportList.MostBytes);
        services.ConfigureMarten(options =>
        {
            options.Schema.For<Import>();
            options.Schema.For<RememberedColumns>();
            foreach (var table in ImportRows.Tables()) options.Storage.ExtendedSchemaObjects.Add(table);
        });
    }

    public static void MapImports(this IEndpointRouteBuilder app)
    {
        var manager = app.MapGroup("/imports").RequireAuthorization(Roles.ManagerPolicy);
        ImportList.Map(manager);
        ImportPage.Map(manager);
        MapColumns.Map(manager);
        RunImport.Map(manager);
        RefusedRows.Map(manager);
    }
}
