using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;
using Weasel.Postgresql.Tables;

namespace Crm.Storage;

/// <summary>
/// The keys that sign cookies, forms and links, in the database: links in emails already sent work, and sessions live on, although
/// the data folder is lost or another process answers. The framework asks for them seldom, and waits for the answer.
/// </summary>
public sealed class StoredKeys(NpgsqlDataSource source) : IXmlRepository
{
    private const string Name = MartenSetup.Schema + ".signing_keys";

    /// <summary>Where they lie: a table of their own, of which the framework alone knows what is in it.</summary>
    public static Table Table()
    {
        var table = new Table(Name);
        table.AddColumn<string>("name").AsPrimaryKey();
        table.AddColumn<string>("xml").NotNull();
        return table;
    }

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = source.CreateCommand($"select xml from {Name}");
        using var reader = command.ExecuteReader();
        var elements = new List<XElement>();
        while (reader.Read()) elements.Add(XElement.Parse(reader.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = source.CreateCommand($"insert into {Name} (name, xml) values ($1, $2)");
        command.Parameters.Add(new() { Value = $"{friendlyName}-{Guid.CreateVersion7():N}" });
        command.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// Makes the first key where there is none, one process at a time: of two that began at once, neither would know the other's
    /// for a day.
    /// </summary>
    public static async Task MakeFirstAsync(
        IServiceProvider services, string connectionString, ILogger logger, CancellationToken cancel = default)
    {
        await using var gate = await StartGate.PassAsync(connectionString, logger, cancel);
        var (keys, now) = (services.GetRequiredService<IKeyManager>(), DateTimeOffset.UtcNow);
        if (keys.GetAllKeys().Count == 0) keys.CreateNewKey(now, now.AddDays(90));
    }
}
