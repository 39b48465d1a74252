using System.Text;
using Crm.Accounts;
using Crm.Fees;
using Crm.Institute;
using Npgsql;

namespace Crm.Tests.Startup;

/// <summary>The program, really killed in the middle of posting a bank's statement.</summary>
public sealed class KilledStatementTests(TestPostgres postgres) : IDisposable
{
    private const int Students = 6, Posted = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-killed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_was_posted_stays_nothing_is_posted_twice_and_the_rest_goes_on_with_another_press()
    {
        await using var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var course = await app.AddCourseAsync();
        var batch = await app.AddBatchAsync(course);
        var lines = new StringBuilder("Date,Narration,Deposit\n");
        for (var i = 0; i < Students; i++)
        {
            var lead = await app.AddLeadAsync(course, $"Student {(char)('A' + i)}", email: null);
            var seat = await app.EnrolAsync(lead, user, batch, instalments: 3);
            lines.Append($"20/11/2026,UPI/CR/41234567890{i}/X/SBIN/x{i}@oksbi/{seat.RollNumber},14000\n");
        }
        await using (var session = app.Store.LightweightSession())
        {
            await StatementDesk.TakeInAsync(session, "november.csv", Encoding.UTF8.GetBytes($"{lines}"), app.Now(), default);
            await session.SaveChangesAsync();
        }
        await using (var program = await RunningProgram.StartAsync(
            _folder.FullName, "--Jobs:Enabled=false", "--ConnectionStrings:Enrolment=" + app.ConnectionString))
        {
            using var manager = program.Browse();
            await manager.GetAsync("/signin");
            await manager.SubmitAsync("form[action='/signin']", new() { ["email"] = user.Email, ["password"] = TestApp.Password });
            await manager.GetAsync("/bank-statements");
            await using var source = NpgsqlDataSource.Create(app.ConnectionString);
            await using var other = await source.OpenConnectionAsync();
            await RunAsync(other, StopAfter(Posted));
            await RunAsync(other, "select pg_advisory_lock(27)");
            var lost = manager.SubmitAsync("form[action='/bank-statements/payments']");
            await Poll.UntilAsync(async () => await AskAsync(source, Waiting) > 0, "the fourth payment, with its number taken",
                TimeSpan.FromSeconds(20));

            await program.KillAsync();

            await Assert.ThrowsAnyAsync<HttpRequestException>(() => lost);
            await RunAsync(other, "select pg_advisory_unlock(27)");
            await RunAsync(other, "drop trigger stop on enrolment.mt_doc_receipt");
        }
        Assert.Equal(Posted, (await app.AllAsync<Receipt>()).Count);

        using var again = await app.SignInAsync(user);
        await again.GetAsync("/bank-statements");
        await again.SubmitAsync("form[action='/bank-statements/payments']");

        var receipts = (await app.AllAsync<Receipt>()).Select(r => r.Number).Order().ToList();
        Assert.Equal(Enumerable.Range(1, Students).Select(n => $"R-2627-{n:0000}"), receipts);
        Assert.All(await app.AllAsync<Seats.Enrolment>(), s => Assert.Equal(14_000, Assert.Single(s.Payments).Amount.Rupees));
        Assert.All(await app.AllAsync<BankCredit>(), c => Assert.Equal(CreditStanding.Posted, c.Standing));
        Assert.Equal(Students, (await app.AllAsync<LedgerEntry>()).Count);
    }

    // Whoever stores a receipt after so many waits, within the transaction, for the lock that the test has.
    private static string StopAfter(int many) =>
        $"""
        create function enrolment.stop() returns trigger language plpgsql as $$
        begin
            if (select count(*) from enrolment.mt_doc_receipt) >= {many} then perform pg_advisory_xact_lock(27); end if;
            return new;
        end $$;
        create trigger stop before insert on enrolment.mt_doc_receipt for each row execute function enrolment.stop();
        """;

    private const string Waiting =
        "select count(*) from pg_locks where locktype = 'advisory' and objid = 27 and not granted";

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> AskAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
