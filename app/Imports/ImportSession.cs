using Crm.Changes;
using Crm.Enquiries;
using Crm.Storage;
using Marten;
using Npgsql;
using SessionOptions = Marten.Services.SessionOptions;

namespace Crm.Imports;

/// <summary>One transaction in which both documents and the rows of files are written.</summary>
internal sealed class ImportSession : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;

    private ImportSession(NpgsqlConnection database, NpgsqlTransaction transaction, IDocumentSession documents) =>
        (Database, _transaction, Documents) = (database, transaction, documents);

    public NpgsqlConnection Database { get; }
    public IDocumentSession Documents { get; }

    public static async Task<ImportSession> OpenAsync(IDocumentStore store, NpgsqlDataSource source, CancellationToken cancel)
    {
        var database = await source.OpenConnectionAsync(cancel);
        try
        {
            var transaction = await database.BeginTransactionAsync(cancel);
            return new ImportSession(database, transaction, store.LightweightSession(SessionOptions.ForTransaction(transaction)));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads an import that others may not change meanwhile.</summary>
    /// <param name="orElse">What is said of the row to the database: whether to wait for who holds it.</param>
    public async Task<Import?> LockAsync(Guid id, CancellationToken cancel, string orElse = "") =>
        await Documents.QueryAsync<Import>($"where d.id = ? for update {orElse}", cancel, id) is [var import] ? import : null;

    /// <summary>What the import has made and changed so far, by which it can be taken back. Who writes it has locked the import, or
    /// waits for who takes it back.</summary>
    public static async Task<Change> ChangeOfAsync(ImportSession work, Import import, CancellationToken cancel) =>
        await work.Documents.QueryAsync<Change>("where d.id = ? for update", cancel, import.Id) is [var change]
            ? change
            : throw new InvalidOperationException($"The import {import.Id} was started without a change.");

    /// <summary>Writes what the documents' session has to save; it lasts with <see cref="CommitAsync"/>.</summary>
    public Task WriteAsync(CancellationToken cancel)
    {
        new ManyAtOnce(Documents).Begun(Arrivals.DocumentOf).New<Enquiry>().Queue();
        return Documents.SaveChangesAsync(cancel);
    }

    public async Task CommitAsync(CancellationToken cancel)
    {
        await WriteAsync(cancel);
        await _transaction.CommitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Documents.DisposeAsync();
        await _transaction.DisposeAsync();
        await Database.DisposeAsync();
    }
}
