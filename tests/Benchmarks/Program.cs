using System.Globalization;
using Crm.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["--profile", var profile])
{
    await Starts.ProfileAsync(profile);
    return 0;
}
string? only = null, kept = null, published = null;
var (leads, seconds, minutes, kills, rows) = ((int?)null, 10, 10, 20, int.MaxValue);
for (var i = 0; i < args.Length; i += 2)
{
    var value = args.ElementAtOrDefault(i + 1);
    var understood = args[i] switch
    {
        "--only" => (only = value) is "enquiries" or "list" or "exports" or "brochures" or "nights" or "backup" or "imports" or "fees"
            or "mails" or "funnel" or "growth" or "mixed" or "processes" or "starts",
        "--published" => (published = value) is not null,
        "--kept" => (kept = value) is not null,
        "--leads" => (leads = int.TryParse(value, out var given) ? given : 0) > 0,
        "--minutes" => int.TryParse(value, out minutes) && minutes > 0,
        "--seconds" => int.TryParse(value, out seconds) && seconds > 0,
        "--kills" => int.TryParse(value, out kills) && kills > 0,
        "--rows" => int.TryParse(value, out rows) && rows > 0,
        _ => false,
    };
    if (understood) continue;
    Console.Error.WriteLine(
        "Options: --only enquiries|list|exports|brochures|nights|backup|imports|fees|mails|funnel|growth|mixed|processes|starts  "
        + "--published FOLDER (whose starts and mixed load are measured)  --profile FILE (alone: what app/start.mibc is made by)  "
        + "--leads N (default 100000, and for growth and funnel a million)  --kept FOLDER (growth's leads, for the same build again)  "
        + "--seconds N (of each throughput, default 10)  --minutes N (of mixed, default 10)  "
        + "--rows N (the first ones of list)  --kills N (of program and database in turn, default 20)");
    return 2;
}

var (usual, most) = (leads ?? 100_000, leads ?? 1_000_000);
var results = new List<Result>();
await using (var server = only is "brochures" or "nights" or "mixed" or "starts" ? null : await Server.StartAsync(kept))
{
    if (server is not null && only is null or "enquiries")
        results.AddRange(await Enquiries.MeasureAsync(server!, TimeSpan.FromSeconds(seconds)));
    if (server is not null && only is null or "list") results.AddRange(await LeadLists.MeasureAsync(server!, usual, rows));
    if (server is not null && only is null or "backup") results.AddRange(await Backups.MeasureAsync(server!, usual));
    if (server is not null && only is null or "exports") results.AddRange(await Exports.MeasureAsync(server!, usual));
    if (server is not null && only is null or "imports") results.AddRange(await Imports.MeasureAsync(server!));
    if (server is not null && only is null or "fees") results.AddRange(await Fees.MeasureAsync(server!));
    if (server is not null && only is null or "mails") results.AddRange(await Mails.MeasureAsync(server!, 2_000));
    if (server is not null && only is null or "funnel")
        results.AddRange(await Funnels.MeasureAsync(server!, most, TimeSpan.FromSeconds(seconds)));
    if (server is not null && only is null or "growth") results.AddRange(await Growth.MeasureAsync(server!, most));
    if (server is not null && only is null or "processes")
        results.AddRange(await Processes.MeasureAsync(server!, TimeSpan.FromSeconds(seconds), part: 0.3));
    if (only is null or "brochures") results.AddRange(Brochures.Measure(TimeSpan.FromSeconds(seconds)));
    if (only is null or "mixed") results.AddRange(await Mixed.MeasureAsync(TimeSpan.FromMinutes(minutes), published));
    if (only is null or "starts") results.AddRange(await Starts.MeasureAsync(published));
    if (only is null or "nights") results.AddRange(await Nights.MeasureAsync(kills));
    var database = server is null
        ? ""
        : $"; PostgreSQL {server.Version}, fsync {server.Fsync}, synchronous_commit {server.SynchronousCommit}";
    Console.WriteLine($"\n{Machine.Describe()}{database}\n");
}
Console.WriteLine("| What | Result | How it was measured |\n| --- | ---: | --- |");
foreach (var (what, value, how) in results) Console.WriteLine($"| {what} | {value} | {how} |");
return 0;

internal sealed record Result(string What, string Value, string How);
