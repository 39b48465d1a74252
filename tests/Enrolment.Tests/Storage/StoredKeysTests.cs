using Crm.Institute;
using Crm.Messaging;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests.Storage;

/// <summary>What was signed before stays valid as long as the database is kept, whatever becomes of the data folder.</summary>
public sealed class StoredKeysTests(TestPostgres postgres)
{
    [Fact]
    public async Task With_the_data_folder_lost_and_the_database_kept_mailed_links_work_and_sessions_live_on()
    {
        await using var before = await TestApp.StartAsync(postgres);
        var divya = await before.AddUserAsync("Divya Menon");
        using var browser = await before.SignInAsync(divya);
        var mailed = before.Get<UnsubscribeLinks>().For(EmailAddress.FromStored("anjali@mail.example"));
        foreach (var kept in Directory.EnumerateFileSystemEntries(before.DataFolder)) Assert.Fail($"{kept} is in the folder that is lost.");

        await using var after = await before.StartAnotherAsync();

        using var hers = after.Browse(browser);
        Assert.Equal("/today", (await hers.GetAsync("/today")).Path);
        Assert.Equal("Stop our emails?", (await hers.GetAsync(new Uri(mailed).PathAndQuery)).One("h1").TextContent);
    }

    [Fact]
    public async Task Processes_that_start_at_once_on_a_new_database_sign_with_one_key()
    {
        await using var one = await TestApp.StartAsync(postgres, described: false);
        await using var other = await one.StartAnotherAsync();
        await using var source = NpgsqlDataSource.Create(one.ConnectionString);
        await using (var none = source.CreateCommand("truncate enrolment.signing_keys")) await none.ExecuteNonQueryAsync();

        await Task.WhenAll(new[] { one, other, one, other }.Select(app => Task.Run(() =>
            StoredKeys.MakeFirstAsync(app.Host.Services, app.ConnectionString, NullLogger.Instance))));

        await using var count = source.CreateCommand("select count(*) from enrolment.signing_keys");
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }
}
