using System.Net;

namespace Crm.Tests.Startup;

/// <summary>The program on a small disk, really filled while it runs.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("enrolment-full-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_full_disk_is_told_and_what_was_typed_meanwhile_is_taken_when_there_is_room_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may give a program a disk of its own and run PostgreSQL on it.");
        var around = Surroundings.Disk(_folder.FullName, "size=600m");
        await using var program = await RunningProgram.StartInAsync(
            around, _folder.FullName, "--seed", "demo", "--Demo:Leads=200", "--RateLimits:EnquiriesPerMinute=1000000");
        var filler = Path.Combine(Surroundings.SeenFrom(program, _folder.FullName), "filler");
        using var browser = program.Browse();
        var form = await browser.GetAsync("/enquire");
        var course = form.Html.QuerySelector("[name=course] option[value]:not([value=''])")!.GetAttribute("value")!;

        Fill(filler);
        Assert.Contains("disk: The disk of the data folder is full.", (await browser.GetAsync("/health")).Text);
        await browser.GetAsync("/enquire");
        var refused = await SendUntilRefusedAsync(browser, course);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        var name = refused.One("main form [name=name]").GetAttribute("value");
        Assert.StartsWith("Anjali ", name);

        File.Delete(filler);
        var thanks = refused;
        await Poll.UntilAsync(async () => (thanks = await browser.SubmitAsync("main form")).Status == HttpStatusCode.OK,
            "the same form to be taken");
        Assert.StartsWith("/enquire/thanks/L-", thanks.Path);
        // One line for each thing that was refused: a log on the same disk is not to fill it.
        Assert.DoesNotMatch(@"(?m)^\s+at \S+\(", program.Output);
    }

    // There is room left in what the server has already taken of the disk, for a while.
    private static async Task<WebPage> SendUntilRefusedAsync(Browser browser, string course)
    {
        for (var n = 0; n < 3000; n++)
        {
            var page = await browser.PostAsync("/enquire", new()
            {
                ["formId"] = Guid.NewGuid().ToString(),
                ["name"] = "Anjali " + new string('a', 40),
                ["phone"] = $"98471{n:00000}",
                ["course"] = course,
                ["time"] = "Evening",
                ["message"] = string.Concat(Enumerable.Range(0, 25).Select(_ => Guid.NewGuid().ToString())),
                ["consent"] = "true",
            });
            if (page.Status == HttpStatusCode.ServiceUnavailable) return page;
            Assert.Equal(HttpStatusCode.OK, page.Status);
        }
        throw new InvalidOperationException("The disk was full, and everything was taken.");
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[1 << 20];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            block = new byte[512];
        }
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Not one more byte goes in.
        }
    }
}
