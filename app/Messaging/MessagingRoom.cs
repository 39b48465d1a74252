using Crm.Storage;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Messaging;

/// <summary>The outbox, its delivery, and the ways that mail leaves.</summary>
public static class MessagingRoom
{
    /// <param name="outbox">The folder that mail is kept in where no mail server is set.</param>
    public static void AddMessaging(this IServiceCollection services, IConfiguration configuration, string outbox)
    {
        services.Configure<SmtpOptions>(ReadSmtp(configuration));
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<UnsubscribeLinks>();
        services.AddSingleton<EmailComposer>();
        services.AddSingleton<OutboxDelivery>();
        services.AddSingleton<IMailTransport>(sp => sp.GetRequiredService<IOptions<SmtpOptions>>().Value.Host is { Length: > 0 }
            ? ActivatorUtilities.CreateInstance<SmtpTransport>(sp)
            : new FileTransport(outbox));
        services.ConfigureMarten((sp, options) =>
        {
            options.Listeners.Add(sp.GetRequiredService<OutboxSignal>());
            options.Schema.For<OutboxMessage>()
                .Duplicate(x => x.Status, pgType: "varchar", configure: i => i.Then("due_at"))
                .Duplicate(x => x.DueAt)
                .Index(x => x.PersonId!);
            options.Schema.For<StoppedAddress>();
        });
    }

    /// <summary>Whether mail is kept as files, because no mail server is set.</summary>
    public static bool KeepsFiles(IConfiguration configuration) => string.IsNullOrEmpty(configuration["Smtp:Host"]);

    // Reading a port that is no number throws where it is first asked for: better at the start.
    private static IConfigurationSection ReadSmtp(IConfiguration configuration)
    {
        var smtp = configuration.GetSection("Smtp");
        try
        {
            _ = smtp.Get<SmtpOptions>();
            return smtp;
        }
        catch (InvalidOperationException e)
        {
            throw new OptionsValidationException("Smtp", typeof(SmtpOptions), [e.Message]);
        }
    }
}
