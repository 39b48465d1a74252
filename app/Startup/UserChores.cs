using Crm.Accounts;
using Crm.Institute;
using Marten;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Crm.Startup;

/// <summary>
/// Staff on the command line, for whoever has the machine. It prints links and asks for no password: what is typed there stands in the
/// history of its shell.
/// </summary>
internal static class UserChores
{
    /// <returns>The exit code; null where something else was asked for.</returns>
    public static async Task<int?> CarryOutAsync(CommandLine asked, IServiceProvider services, TextWriter output)
    {
        if (asked.Command is not ("users" or "reset-password")) return null;
        using var scope = services.CreateScope();
        var desk = new Desk(scope.ServiceProvider, output);
        return (asked.Command, asked.Words) switch
        {
            ("reset-password", [var email]) => await desk.ResetAsync(email),
            ("users", []) => await desk.ListAsync(),
            ("users", ["add", var email, var name]) => await desk.AddAsync(email, name, Roles.Counsellor),
            ("users", ["add", var email, var name, var role]) => await desk.AddAsync(email, name, role),
            ("users", ["unlock", var email]) => await desk.UnlockAsync(email),
            ("users", ["forget-factor", var email]) => await desk.ForgetFactorAsync(email),
            _ => await desk.SayAsync(2, "There are: reset-password EMAIL, users, users add EMAIL NAME [ROLE], users unlock EMAIL, "
                + "users forget-factor EMAIL"),
        };
    }

    private sealed class Desk(IServiceProvider services, TextWriter output)
    {
        private readonly UserManager<User> _users = services.GetRequiredService<UserManager<User>>();
        private readonly TryCounter _tries = services.GetRequiredService<TryCounter>();

        public async Task<int> SayAsync(int code, string text)
        {
            await output.WriteLineAsync(text);
            return code;
        }

        public async Task<int> ResetAsync(string email)
        {
            if (await _users.FindByEmailAsync(email) is not { Active: true } user)
                return await SayAsync(1, $"Nobody active signs in with {email}.");
            return await GiveLinkAsync(user);
        }

        public async Task<int> ListAsync()
        {
            await using var session = services.GetRequiredService<IDocumentStore>().QuerySession();
            foreach (var user in (await session.Query<User>().ToListAsync()).InReadingOrder(u => u.Name))
            {
                var locked = await _tries.LockedUntilAsync(user.Email, default) is { } until ? $", locked until {until:HH:mm} UTC" : "";
                await output.WriteLineAsync($"{user.Email,-40} {Roles.Words(user.Role),-12} {user.State + locked,-14} {user.Name}");
            }
            return 0;
        }

        public async Task<int> AddAsync(string email, string name, string role)
        {
            var (address, called) = (EmailAddress.Read(email), PersonName.Read(name, label: "a name"));
            if ((address.Problem ?? called.Problem) is { } problem) return await SayAsync(1, problem);
            if (!Roles.IsKnown(role)) return await SayAsync(1, $"A role is one of {string.Join(", ", Roles.All.Select(r => r.Role))}.");
            var user = new User { Id = Guid.CreateVersion7(), Name = called.Name!.Text, Email = address.Address!.Text, Role = role };
            var result = await _users.CreateAsync(user);
            if (!result.Succeeded) return await SayAsync(1, string.Join(' ', result.Errors.Select(StaffForms.Say)));
            await NoteAsync(AuditKind.StaffAdded, user);
            return await GiveLinkAsync(user);
        }

        public async Task<int> UnlockAsync(string email)
        {
            if (await _users.FindByEmailAsync(email) is not { } user) return await SayAsync(1, $"Nobody signs in with {email}.");
            await _tries.UnlockAsync(user.Email, default);
            await NoteAsync(AuditKind.Unlocked, user);
            return await SayAsync(0, $"Anybody may try again to sign in with {user.Email}.");
        }

        public async Task<int> ForgetFactorAsync(string email)
        {
            if (await _users.FindByEmailAsync(email) is not { } user) return await SayAsync(1, $"Nobody signs in with {email}.");
            await services.GetRequiredService<Authenticators>().RemoveAsync(user.Id, default, keys: true);
            await NoteAsync(AuditKind.FactorRemoved, user);
            return await SayAsync(0, $"{user.Email} signs in with a password alone, until an authenticator or a passkey is added.");
        }

        private Task NoteAsync(AuditKind kind, User whom) => Audit.WriteAsync(services.GetRequiredService<NpgsqlDataSource>(),
            AuditEntry.Of(kind, new Stamp(Actor.System, services.GetRequiredService<InstituteClock>().Now)) with
            {
                What = "on the command line",
                Whom = whom.Id,
            }, default);

        // On the standard output and not in the log, which others may read.
        private async Task<int> GiveLinkAsync(User user)
        {
            var link = await services.GetRequiredService<AccessLinks>().MakeAsync(user.Id, AccessLinks.ResetLasts, default);
            await NoteAsync(AuditKind.LinkSent, user);
            await output.WriteLineAsync($"With this link {user.Name} chooses a password. It works once, within 30 minutes:");
            return await SayAsync(0, link);
        }
    }
}
