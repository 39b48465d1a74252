using Crm.Accounts;
using Crm.Fees;
using Crm.Institute;
using Npgsql;

namespace Crm.Tests.Startup;

/// <summary>The program, really killed between taking the number of a receipt and storing its payment.</summary>
public sealed class KilledPaymentTests(TestPostgres postgres) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-killed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_number_of_a_payment_that_was_not_stored_is_the_next_ones()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Divya Menon");
        var course = await app.AddCourseAsync();
        var lead = await app.AddLeadAsync(course);
        var seat = await app.EnrolAsync(lead, user, await app.AddBatchAsync(course), instalments: 3);
        using var before = await app.SignInAsync(user);
        var form = $"form[action='/enrolments/{seat.Id}/payments']";
        Dictionary<string, string> typed = new() { ["way"] = "Cash", ["amount"] = "5000" };
        await before.GetAsync($"/leads/{lead.Id}");
        await before.SubmitAsync(form, typed);

        await using (var program = await RunningProgram.StartAsync(
            _folder.FullName, "--Jobs:Enabled=false", "--ConnectionStrings:Enrolment=" + app.ConnectionString))
        {
            using var cashier = program.Browse();
            await cashier.GetAsync("/signin");
            await cashier.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = TestApp.Password });
            await cashier.GetAsync($"/leads/{lead.Id}");
            // Before they enrolled, which is asked about once.
            await cashier.SubmitAsync(form, new(typed) { ["on"] = "2026-11-22" });
            await using var source = NpgsqlDataSource.Create(app.ConnectionString);
            await using var other = await source.OpenConnectionAsync();
            await using var hold = await other.BeginTransactionAsync();
            // Whoever stores a receipt waits here, with its number taken.
            await RunAsync(other, "lock table enrolment.mt_doc_receipt in share mode");
            var lost = cashier.SubmitAsync(form);
            await Poll.UntilAsync(async () => await CountWaitingAsync(source) > 0, "the payment to be stored", TimeSpan.FromSeconds(10));

            await program.KillAsync();

            await Assert.ThrowsAnyAsync<HttpRequestException>(() => lost);
            await hold.RollbackAsync();
        }
        await before.GetAsync($"/leads/{lead.Id}");
        await before.SubmitAsync(form, new(typed) { ["amount"] = "6000" });

        var receipts = (await app.AllAsync<Receipt>()).OrderBy(r => r.Number).Select(r => (r.Number, r.Amount.Rupees));
        Assert.Equal([("R-2627-0001", 5_000m), ("R-2627-0002", 6_000m)], receipts);
        Assert.Equal(31_000, (await app.LoadAsync<Seats.Enrolment>(seat.Id)).Balance.Rupees);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountWaitingAsync(NpgsqlDataSource source)
    {
        await using var waiting = source.CreateCommand(
            """
            select count(*) from pg_locks where not granted and relation = 'enrolment.mt_doc_receipt'::regclass
                and database = (select oid from pg_database where datname = current_database())
            """);
        return (long)(await waiting.ExecuteScalarAsync())!;
    }
}
