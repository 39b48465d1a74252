using Crm.Storage;
using Crm.Web;
using Marten;
using Marten.Schema;
using Microsoft.Extensions.Options;

namespace Crm.Messaging;

/// <summary>The outbox, its delivery, and the ways that mail leaves.</summary>
public static class MessagingRoom
{
    /// <summary>How long a stop of the program may take, for a mail server to answer for the message that it is taking.</summary>
    public static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(60);

    /// <param name="outbox">The folder that mail is kept in where no mail server is set.</param>
    public static void AddMessaging(this IServiceCollection services, IConfiguration configuration, string outbox)
    {
        services.AddOptions<SmtpOptions>().Bind(ReadSmtp(configuration)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SmtpOptions>, SmtpSettings>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<UnsubscribeLinks>();
        services.AddSingleton<EmailComposer>();
        services.AddSingleton<MessageChecks>();
        services.AddSingleton<OutboxStore>();
        services.AddSingleton<OutboxDelivery>();
        services.AddSingleton<IStaffNotice, MailNotice>();
        services.AddSingleton<IAfterRestoration, MailAfterRestoration>();
        services.AddSingleton<IMailTransport>(sp => sp.GetRequiredService<IOptions<SmtpOptions>>().Value.Host is { Length: > 0 }
            ? ActivatorUtilities.CreateInstance<SmtpTransport>(sp)
            : new FileTransport(outbox));
        services.ConfigureMarten((sp, options) =>
        {
            options.Listeners.Add(sp.GetRequiredService<OutboxSignal>());
            options.Schema.For<OutboxMessage>()
                // What waits stands in an index of its own: what was due longest ago has left long since, and the next one is behind all
                // of it.
                .Duplicate(x => x.Status, pgType: "varchar", configure: i => i.Then("due_at").Of("status <> 'Queued'"))
                .Duplicate(x => x.DueAt, configure: i => i.Of("status = 'Queued'"))
                .Index(x => x.PersonId!)
                .Index(x => x.LeadId!)
                .Index(x => x.To, i => (i.Casing, i.Predicate) = (ComputedIndex.Casings.Lower, IsNobodys));
            options.Schema.For<StoppedAddress>();
            options.Schema.For<QueuePause>();
        });
    }

    /// <summary>The condition on a message that is about nobody who is known, such as one to staff.</summary>
    public const string IsNobodys = "(data ->> 'PersonId') is null";

    /// <summary>Where a message goes to, by which those of nobody are found.</summary>
    public const string Address = "lower(data ->> 'To')";

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
