using Marten;

namespace Crm.Changes;

/// <summary>Acts on many things: what each touched, and taking it back.</summary>
public static class ChangesRoom
{
    public static void AddChanges(this IServiceCollection services)
    {
        services.AddSingleton<ChangeUndo>();
        services.AddSingleton<IChangeWork>(sp => sp.GetRequiredService<ChangeUndo>());
        services.AddSingleton<ChangeWorker>();
        services.ConfigureMarten(options =>
        {
            options.Storage.ExtendedSchemaObjects.Add(ChangeRows.Table());
            options.Schema.For<Change>().Duplicate(x => x.At, configure: i => i.Mask = "?, id")
                .Duplicate(x => x.Status, pgType: "varchar");
        });
    }
}
