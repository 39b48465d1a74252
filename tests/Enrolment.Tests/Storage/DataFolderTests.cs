using System.Diagnostics;
using System.Runtime.Versioning;
using Crm.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests.Storage;

/// <summary>Whatever the data folder is called and wherever it lies, all data is in it, or the start says why not.</summary>
[SupportedOSPlatform("linux")]
public sealed class DataFolderTests : InDataFolder
{
    // By root's `cp -r`, which makes everything root's and readable by all.
    [Fact]
    public async Task A_copied_folder_holds_the_same_rows()
    {
        await using (var first = await StartAsync()) await WriteAsync(first, "copied");
        var copy = Directory.CreateTempSubdirectory("enrolment-copy-");
        try
        {
            using (var cp = Process.Start("cp", ["-r", Folder + "/.", copy.FullName])) await cp.WaitForExitAsync();

            await using var second = await PrivatePostgres.StartAsync(new PrivatePostgresOptions(copy.FullName), NullLogger.Instance);

            Assert.Equal(["copied"], await ReadAsync(second));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task All_data_is_in_the_data_folder_and_for_the_owners_eyes_alone()
    {
        await using var server = await StartAsync();

        Assert.Equal(Cluster, new FileInfo($"/proc/{ServerId()}/cwd").LinkTarget);
        const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        Assert.Equal(UnixFileMode.None, Data.UnixFileMode & others);
        Assert.All(Data.EnumerateFileSystemInfos("*", SearchOption.AllDirectories),
            f => Assert.True((f.UnixFileMode & (others | UnixFileMode.GroupExecute)) == 0, $"{f.FullName} is {f.UnixFileMode}"));
    }

    [Theory]
    [InlineData("a$HOME \"b\" `c` \\d 'e' $(f)")]
    [InlineData("അക്കാദമി, ഡാറ്റ — ऑंकड़े")]
    [InlineData("a name of a hundred and ninety letters, which is not much when an installer makes it of the institute's name, its town, "
        + "the course, the year and the word data, and puts all of it into one name")]
    public async Task A_folder_may_be_called_anything_that_can_be_read(string name)
    {
        var folder = Path.Combine(Folder, name);

        await using var server = await StartInAsync(folder);

        await WriteAsync(server, "works");
        Assert.Equal(["works"], await ReadAsync(server));
        Assert.True(File.Exists(Path.Combine(folder, "postgres", "PG_VERSION")));
    }

    [Theory]
    [InlineData("two\nlines", @"two\u000alines")]
    [InlineData("a\ttab", @"a\u0009tab")]
    [InlineData("a\u007fdelete", @"a\u007fdelete")]
    public async Task A_name_with_a_sign_that_cannot_be_seen_is_refused_and_shown(string name, string shown)
    {
        var refused = await Assert.ThrowsAsync<CannotStartException>(() => StartInAsync(Path.Combine(Folder, name)));

        Assert.StartsWith("Data:Folder holds a line break or another sign that cannot be seen", refused.Message);
        Assert.EndsWith(shown + ".", refused.Message);
        Assert.Empty(Data.EnumerateFileSystemInfos());
    }

    // As of a disk that was not mounted this morning: a folder made in its place would begin an empty institute.
    [Fact]
    public async Task A_link_that_leads_nowhere_is_told_by_where_it_leads_and_nothing_is_made()
    {
        var (link, nowhere) = (Path.Combine(Folder, "link"), Path.Combine(Folder, "disk", "data"));
        File.CreateSymbolicLink(link, nowhere);

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => StartInAsync(link));

        Assert.Equal($"Data:Folder is {link}, a link to {nowhere}, where there is no folder. Is its disk there?", refused.Message);
        Assert.Equal(["link"], Data.EnumerateFileSystemInfos().Select(f => f.Name));
    }

    [Fact]
    public async Task A_data_folder_by_another_name_is_the_same_one()
    {
        var (real, link) = (Data.CreateSubdirectory("real").FullName, Path.Combine(Folder, "link"));
        Directory.CreateSymbolicLink(link, real);
        await using var server = await StartInAsync(link);
        await WriteAsync(server, "kept");

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => StartInAsync(real));

        Assert.StartsWith($"Another Enrolment uses the data folder {real}.", refused.Message);
    }

    [Fact]
    public async Task Who_works_beside_a_server_is_told_of_a_disk_that_can_only_be_read()
    {
        using var disk = FullDisk.TryMount();
        Assert.SkipWhen(disk is null, "Only root may mount a small disk.");
        disk.MakeRoom();
        await File.WriteAllTextAsync(Path.Combine(disk.Folder, "postgres.lock"), "");
        disk.Close();

        var refused = Assert.Throws<CannotStartException>(() => PrivatePostgres.ServedFrom(disk.Folder));

        Assert.StartsWith($"The data folder {disk.Folder} lies on a disk that can only be read.", refused.Message);
    }

    // As root's own folders are: the server's user cannot come in by the path, and works in it all the same.
    [Fact]
    public async Task A_folder_that_others_cannot_enter_holds_all_data_and_stays_closed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs the server as another user.");
        await File.WriteAllTextAsync(Path.Combine(Folder, "somebody's"), "so it is not ours to open");
        var inside = Data.CreateSubdirectory("data");
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        inside.UnixFileMode = owner;

        await using (var server = await StartInAsync(inside.FullName)) await WriteAsync(server, "works");

        Assert.Equal((owner, owner), (Data.UnixFileMode, inside.UnixFileMode));
        Assert.Equal(["postgres", "postgres.lock", "postgres.password"],
            inside.EnumerateFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal));
        await using var again = await StartInAsync(inside.FullName);
        Assert.Equal(["works"], await ReadAsync(again));
    }
}
