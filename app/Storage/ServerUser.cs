using System.Diagnostics;

namespace Crm.Storage;

/// <summary>The user that the server runs as where the app is root, as whom PostgreSQL refuses to run.</summary>
internal sealed class ServerUser
{
    private readonly string _group;

    private ServerUser(string name, string group) => (Name, _group) = (name, group);

    public string Name { get; }

    /// <returns>Null where the app itself is an ordinary user.</returns>
    public static ServerUser? Needed()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return null;
        var users = File.ReadAllLines("/etc/passwd").Select(l => l.Split(':')).Where(f => f.Length > 3).ToList();
        var user = users.Find(f => f[0] == "postgres") ?? users.Find(f => f[0] == "nobody") ?? throw new CannotStartException(
            "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it. "
            + "Start Enrolment as an ordinary user.");
        return new ServerUser(user[0], user[3]);
    }

    public ProcessStartInfo Start(string program, IEnumerable<string> arguments) =>
        new("setpriv", [$"--reuid={Name}", $"--regid={_group}", "--clear-groups", "--", program, .. arguments]);

    /// <summary>Gives a file or folder to this user, with all that is in it.</summary>
    public void Own(string path)
    {
        if (Commands.Run(new ProcessStartInfo("chown", ["-R", $"{Name}:{_group}", path])).ExitCode != 0)
            throw new CannotStartException($"{path} could not be given to the user {Name}, as whom PostgreSQL runs.");
    }

    /// <returns>The first folder on the way that this user may not enter, or null where the way is free.</returns>
    public string? FirstClosed(string folder)
    {
        var way = new List<string>();
        for (var each = new DirectoryInfo(folder); each is not null; each = each.Parent) way.Insert(0, each.FullName);
        // The machine is asked, as that user: lists of access rights count too.
        const string script = "for folder; do [ -x \"$folder\" ] || { printf %s \"$folder\"; exit 1; }; done";
        var asked = Commands.Run(Start("/bin/sh", ["-c", script, "sh", .. way]));
        return asked.ExitCode == 0 ? null : asked.Output.Length > 0 ? asked.Output : folder;
    }
}
