using Npgsql;

namespace Crm.Storage;

/// <summary>
/// A server that somebody else runs, looked at once before anything is asked of it: whether it answers, is one that still gets repairs,
/// and takes changes; how many connections it lets us have; and whether a pooler such as PgBouncer stands before it.
/// </summary>
/// <param name="Connection">The connection string as it was given, with what the look has found out.</param>
/// <param name="Allowed">How many connections there may be; null where a pooler has them wait instead.</param>
public sealed record GivenServer(string Connection, int Version, int? Allowed)
{
    /// <summary>The oldest major version that still gets repairs.</summary>
    public const int Oldest = 15;

    // A pooler has 20 connections for a role where nobody said otherwise, and in session mode each of ours keeps one.
    private const int BehindPooler = 10;

    // Fewer would have people wait for each other.
    private const int Least = 8;
    private const int PartsOfVersion = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Of a pooler, the number of the process that a connection was told is not the one that answers.
    private const string Look = """
        select current_setting('server_version_num')::int, current_setting('transaction_read_only') = 'on', pg_backend_pid(),
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true)::int, 0),
            (select case when rolconnlimit < 0 then null else rolconnlimit end from pg_roles where rolname = current_user),
            (select case when datconnlimit < 0 then null else datconnlimit end from pg_database where datname = current_database()),
            pg_jit_available()
        """;

    // Statements of milliseconds, which a server that knows too little of new tables compiled for half a second each.
    private const string NotCompiled = "-c jit=off";

    /// <exception cref="CannotStartException">It cannot be used, and why.</exception>
    /// <exception cref="NpgsqlException">It cannot be reached, or lets us not in.</exception>
    public static async Task<GivenServer> MeetAsync(
        string given, ILogger logger, TimeSpan? patience = null, CancellationToken cancel = default)
    {
        var wait = patience ?? Patience;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(wait);
        var settings = new NpgsqlConnectionStringBuilder(given);
        // Kerberos is used by who asks for it: looked for on each connection, it is reported missing on each machine that has none.
        if (!settings.ShouldSerialize("GSS Encryption Mode")) settings.GssEncryptionMode = GssEncryptionMode.Disable;
        // Any of several would do for who only reads.
        if (IsOneOfSeveral(settings)) settings.TargetSessionAttributes ??= "primary";
        try
        {
            return await LookAsync(settings, wait, logger, limit.Token);
        }
        catch (NpgsqlException e) when (IsOneOfSeveral(settings) && e is not PostgresException && !IsSilence(e))
        {
            var told = e.InnerException is AggregateException all ? all.InnerExceptions.Select(each => each.Message) : [e.Message];
            throw new CannotStartException("None of the hosts of ConnectionStrings:Enrolment can be used: "
                + $"{string.Join(", ", told)}. Any other that is named there takes no changes: it is a copy that can only be read.", e);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && IsSilence(e))
        {
            throw new CannotStartException($"The server of ConnectionStrings:Enrolment did not answer within {wait.TotalSeconds:0} "
                + "seconds. See whether it runs, and whether this machine may reach it.", e);
        }
    }

    private static async Task<GivenServer> LookAsync(
        NpgsqlConnectionStringBuilder given, TimeSpan wait, ILogger logger, CancellationToken cancel)
    {
        // While a server does not answer who comes in, nothing but this breaks it off.
        var settings = new NpgsqlConnectionStringBuilder(given.ConnectionString) { Pooling = false, Timeout = (int)wait.TotalSeconds };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(Look, connection);
        await using var answer = await command.ExecuteReaderAsync(cancel);
        await answer.ReadAsync(cancel);
        var version = answer.GetInt32(0) / PartsOfVersion;
        if (version < Oldest)
            throw new CannotStartException($"The server of ConnectionStrings:Enrolment is PostgreSQL {version}, which gets no repairs any "
                + $"more. Enrolment needs {Oldest} or newer.");
        if (answer.GetBoolean(1))
            throw new CannotStartException("The server of ConnectionStrings:Enrolment takes no changes: it is a copy that can only be "
                + "read. Name the one that it is a copy of.");
        var isPooled = answer.GetInt32(2) != connection.ProcessID;
        int[] limits = [.. new[] { 3, 4, 5 }.Where(i => !answer.IsDBNull(i)).Select(answer.GetInt32)];
        if (isPooled) return BehindAPooler(given, version, compiles: answer.GetBoolean(6), logger);
        if (given.Options?.Contains("jit", StringComparison.Ordinal) != true) given.Options = $"{given.Options} {NotCompiled}".Trim();
        return Within(given, version, limits.Min(), logger);
    }

    /// <summary>Fits the pools to what the server has, so that two processes have room, or one where that is little.</summary>
    /// <param name="allowed">How many connections it lets us have, all processes together.</param>
    /// <exception cref="CannotStartException">It is too little for one.</exception>
    public static GivenServer Within(NpgsqlConnectionStringBuilder given, int version, int allowed, ILogger logger)
    {
        if (given.ShouldSerialize("Maximum Pool Size"))
        {
            if (MartenSetup.AllOf(given.ConnectionString) is var all && all > allowed)
                logger.LogWarning("This process may open {All} connections, and the server lets it have {Allowed}: give it a smaller "
                    + "Maximum Pool Size in ConnectionStrings:Enrolment", all, allowed);
            return new GivenServer(given.ConnectionString, version, allowed);
        }
        int[] sizes = [.. Enumerable.Range(Least, MartenSetup.Most - Least + 1).Reverse()];
        var size = Array.Find(sizes, s => 2 * OfOne(s) <= allowed);
        if (size == 0) size = Array.Find(sizes, s => OfOne(s) <= allowed);
        if (size == 0)
            throw new CannotStartException($"The server of ConnectionStrings:Enrolment lets this role have {allowed} connections; "
                + $"Enrolment needs {OfOne(Least)}.");
        given.MaxPoolSize = size;
        return new GivenServer(given.ConnectionString, version, allowed);

        int OfOne(int pool) => MartenSetup.AllOf(new NpgsqlConnectionStringBuilder(given.ConnectionString) { MaxPoolSize = pool }
            .ConnectionString);
    }

    // Statements that were prepared on one connection are not there on the next, which a pooler may lend us in the middle.
    private static GivenServer BehindAPooler(NpgsqlConnectionStringBuilder given, int version, bool compiles, ILogger logger)
    {
        // A pooler refuses settings at the start of a connection.
        if (compiles)
            logger.LogWarning("The server compiles statements, which takes longer than to carry out ours. Switch that off for the role of "
                + "ConnectionStrings:Enrolment: alter role {Role} set jit = off", given.Username);
        if (!given.ShouldSerialize("Max Auto Prepare")) given.MaxAutoPrepare = 0;
        if (!given.ShouldSerialize("Maximum Pool Size")) given.MaxPoolSize = BehindPooler;
        logger.LogInformation(
            "A pooler stands before the database: no statement is prepared, and this process opens {All} connections at most",
            MartenSetup.AllOf(given.ConnectionString));
        return new GivenServer(given.ConnectionString, version, null);
    }

    private static bool IsOneOfSeveral(NpgsqlConnectionStringBuilder settings) => settings.Host?.Contains(',') == true;

    private static bool IsSilence(Exception e) => e is OperationCanceledException || e.GetBaseException() is TimeoutException;
}
