using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using JasperFx;
using Marten;
using Marten.Schema;
using Npgsql;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;
using SystemTextJsonSerializer = Marten.Services.SystemTextJsonSerializer;

namespace Crm.Storage;

/// <summary>How Marten stores. What it stores and how that is indexed, each room says of its own.</summary>
public static class MartenSetup
{
    public const string Schema = "enrolment";

    // Hangfire's pool, and what a start, a backup and its trial open beside the pools.
    private const int Few = 12, Fewest = 5, BesidePools = 4;

    /// <summary>How many of Marten's connections are kept for those whose statements must find at hand what was made for the last
    /// one.</summary>
    public const int AtHand = 2;

    // What is waited for longer is given up: by then, nobody waits for the answer any more.
    private const int LongestStatement = 30;

    /// <summary>How many connections of Marten's leave room for a second process under what a server lets a role have.</summary>
    public const int Most = 32;

    /// <summary>
    /// The connections that Marten works with. What the connection string says of preparing and resetting is left as it is.
    /// </summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        var settings = Prepared(connectionString);
        // A server takes a hundred connections where nobody said otherwise: two processes, with Hangfire's, stay under that.
        settings.MaxPoolSize = Math.Max(1, MartensOf(settings) - AtHand);
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>The same server for a few statements that come all the time, in a pool of their own: see <see cref="AtHand"/>.</summary>
    public static NpgsqlDataSource ConnectAtHand(string connectionString)
    {
        var settings = Prepared(connectionString);
        settings.MaxPoolSize = AtHand;
        return NpgsqlDataSource.Create(settings);
    }

    private static NpgsqlConnectionStringBuilder Prepared(string connectionString)
    {
        var settings = Patient(connectionString);
        // Marten's statements repeat word for word: parsing and planning each of them anew cost more than running them.
        if (!settings.ShouldSerialize("Max Auto Prepare")) settings.MaxAutoPrepare = 100;
        // Nothing here sets anything for a session that the next one must not find.
        if (!settings.ShouldSerialize("No Reset On Close")) settings.NoResetOnClose = true;
        return settings;
    }

    /// <summary>The same server for those who need only a few connections at once, in a pool of their own.</summary>
    public static string WithFew(string connectionString)
    {
        var settings = Patient(connectionString);
        settings.MaxPoolSize = FewOf(settings);
        return settings.ConnectionString;
    }

    /// <summary>Whether a connection stays the same from one statement to the next: who prepares nothing may be behind a pooler.</summary>
    public static bool KeepsSessions(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        return !settings.ShouldSerialize("Max Auto Prepare") || settings.MaxAutoPrepare > 0;
    }

    /// <summary>How many connections one process opens at most, all of its pools together.</summary>
    public static int AllOf(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        return Math.Max(1 + AtHand, MartensOf(settings)) + FewOf(settings) + BesidePools;
    }

    private static int MartensOf(NpgsqlConnectionStringBuilder settings) =>
        settings.ShouldSerialize("Maximum Pool Size") ? settings.MaxPoolSize : Most;

    private static int FewOf(NpgsqlConnectionStringBuilder settings) => Math.Clamp(settings.MaxPoolSize / 2, Fewest, Few);

    // No statement of a page or a job goes without a limit; those of backups and migrations have connections of their own.
    private static NpgsqlConnectionStringBuilder Patient(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.CommandTimeout == 0) settings.CommandTimeout = LongestStatement;
        return settings;
    }

    public static void Configure(StoreOptions options, NpgsqlDataSource source)
    {
        options.Connection(source);
        options.DatabaseSchemaName = Schema;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.Serializer(Serializer());
        // Each table holds documents of one type, which nobody asks the rows for, nor when they were written last.
        options.Policies.DisableInformationalFields();
        options.Linq.MemberSources.Add(new UsualAttribute.AskedFor());
        options.Storage.ExtendedSchemaObjects.Add(Trigrams.Function);
        options.Storage.ExtendedSchemaObjects.Add(StoredKeys.Table());
    }

    /// <summary>Writes things as they are stored.</summary>
    /// <param name="but">What is written otherwise, where that is not to be stored.</param>
    public static SystemTextJsonSerializer Serializer(Action<JsonSerializerOptions>? but = null)
    {
        var serializer = new SystemTextJsonSerializer { EnumStorage = EnumStorage.AsString };
        serializer.Configure(json =>
        {
            // What has no value is not written: a third of a lead would be the word null.
            json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.TypeInfoResolver = new DefaultJsonTypeInfoResolver
            {
                Modifiers = { EmptyParts.LeaveOut, UsualAttribute.LeaveOut, ColumnOnlyAttribute.LeaveOut },
            };
            json.Converters.Add(new MomentConverter());
            but?.Invoke(json);
        });
        return serializer;
    }

    /// <summary>
    /// Shapes the index that a duplicated field brings into one that a page of a list or a queue reads, ending in what
    /// breaks ties between pages. The mask is where Weasel lets the columns be written: "?" stands for the duplicated one.
    /// </summary>
    public static DocumentIndex Then(this DocumentIndex index, string columns)
    {
        index.Mask = $"?, {columns}";
        return index;
    }

    /// <summary>Holds a column beside those that it goes by, for who reads no more than that: the rows need not be looked at.</summary>
    public static DocumentIndex With(this DocumentIndex index, string column)
    {
        index.IncludeColumns = [column];
        return index;
    }

    /// <summary>Holds some rows alone: those for which a condition is so.</summary>
    public static void Of(this IndexDefinition index, string condition) => index.Predicate = condition;
}
