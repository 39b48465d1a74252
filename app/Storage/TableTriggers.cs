using System.Data.Common;
using Weasel.Core;
using Weasel.Postgresql;
using DbCommandBuilder = Weasel.Core.DbCommandBuilder;

namespace Crm.Storage;

/// <summary>Triggers on a table, as part of the schema. Weasel knows tables and functions; triggers it only has to make, and to see that
/// they are there.</summary>
/// <param name="table">With its schema.</param>
/// <param name="made">Name and statement of each.</param>
public sealed class TableTriggers(string table, params IReadOnlyList<(string Name, string Sql)> made) : ISchemaObject
{
    public DbObjectName Identifier { get; } = PostgresqlProvider.Instance.Parse(MartenSetup.Schema, made[0].Name);

    public void WriteCreateStatement(Migrator migrator, TextWriter writer)
    {
        foreach (var (_, sql) in made) writer.WriteLine(sql + ";");
    }

    public void WriteDropStatement(Migrator rules, TextWriter writer)
    {
        foreach (var (name, _) in made) writer.WriteLine($"DROP TRIGGER IF EXISTS {name} ON {table};");
    }

    public void ConfigureQueryCommand(DbCommandBuilder builder) => builder.Append(
        $"select count(*) from pg_trigger where tgrelid = to_regclass('{table}') and tgenabled = 'O' "
        + $"and tgname in ({string.Join(", ", made.Select(t => $"'{t.Name}'"))});");

    public async Task<ISchemaObjectDelta> CreateDeltaAsync(DbDataReader reader, CancellationToken ct = default)
    {
        var there = await reader.ReadAsync(ct) ? await reader.GetFieldValueAsync<long>(0, ct) : 0;
        return new SchemaObjectDelta(this, there == made.Count ? SchemaPatchDifference.None : SchemaPatchDifference.Create);
    }

    public IEnumerable<DbObjectName> AllNames() => [Identifier];
}
