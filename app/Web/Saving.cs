using JasperFx;
using Marten;
using Npgsql;

namespace Crm.Web;

public static class Saving
{
    /// <summary>Saves, or refuses the form where another document has what must be the only one, or a colleague was quicker.</summary>
    /// <param name="field">The field that must be the only one with its value.</param>
    public static async Task<bool> TrySaveAsync(
        this IDocumentSession session, Form form, string field, string taken, CancellationToken cancel)
    {
        try
        {
            await session.SaveChangesAsync(cancel);
            return true;
        }
        catch (Exception e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            form.Refuse(field, taken);
        }
        catch (ConcurrencyException)
        {
            form.Refuse("", Form.Overtaken);
        }
        session.EjectAllPendingChanges();
        return false;
    }
}
