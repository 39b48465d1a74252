using System.Data;
using System.Diagnostics.CodeAnalysis;
using DbUp.Engine.Transactions;
using Npgsql;

namespace Crm.Storage;

/// <summary>
/// Lets DbUp work on a connection, and in a transaction, that are ours: what it did can be looked at, and taken back, before it is kept.
/// </summary>
internal sealed class MigrationConnection(NpgsqlConnection connection) : DatabaseConnectionManager(_ => new Lent(connection))
{
    public override IEnumerable<string> SplitScriptIntoCommands(string scriptContents) => [scriptContents];

    /// <summary>A connection that whoever borrows it neither opens nor closes.</summary>
    private sealed class Lent(NpgsqlConnection connection) : IDbConnection
    {
        [AllowNull]
        public string ConnectionString
        {
            get => connection.ConnectionString;
            set => throw new NotSupportedException("The connection is lent.");
        }

        public int ConnectionTimeout => connection.ConnectionTimeout;
        public string Database => connection.Database;
        public ConnectionState State => connection.State;

        public IDbCommand CreateCommand() => connection.CreateCommand();

        public IDbTransaction BeginTransaction() => throw new NotSupportedException("There is a transaction.");

        public IDbTransaction BeginTransaction(IsolationLevel il) => BeginTransaction();

        public void ChangeDatabase(string databaseName) => throw new NotSupportedException("The connection is lent.");

        public void Open() { }

        public void Close() { }

        public void Dispose() { }
    }
}
