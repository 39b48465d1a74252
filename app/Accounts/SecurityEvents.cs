namespace Crm.Accounts;

/// <summary>What happened at the door, or to who may go through it.</summary>
public enum SecurityAct
{
    SignedIn, SignInRefused, SignInLocked, SignedOut, SessionsEnded, LinkSent, PasswordSet, PasswordChanged, UserAdded, UserChanged,
    Unlocked, RulesChanged, FactorAdded, FactorRemoved, RecoveryCodesMade, RecoveryCodeUsed, Confirmed, ConfirmationRefused,
}

/// <summary>What is told of each. All of it goes through here, so that whoever keeps a record has one place to listen at.</summary>
/// <param name="Whose">The account that it is about; null where nobody has the address that was typed.</param>
/// <param name="By">Who did it, where that is somebody else; null for themselves, a stranger, or the command line.</param>
/// <param name="Address">Of the network; null on the command line.</param>
/// <param name="Detail">Never a secret.</param>
public sealed record SecurityEvent(SecurityAct Act, Guid? Whose, Guid? By = null, string? Address = null, string? Detail = null);

public sealed class SecurityEvents(ILogger<SecurityEvents> logger)
{
    public void Note(HttpContext? http, SecurityAct act, Guid? whose, Guid? by = null, string? detail = null) =>
        Note(new SecurityEvent(act, whose, by, http?.Connection.RemoteIpAddress?.ToString(), detail));

    private void Note(SecurityEvent what)
    {
        var level = what.Act is SecurityAct.SignInRefused or SecurityAct.SignInLocked or SecurityAct.ConfirmationRefused
            ? LogLevel.Warning
            : LogLevel.Information;
        logger.Log(level, "{Act}: account {Whose}, by {By} from {Address}. {Detail}", what.Act, what.Whose, what.By, what.Address,
            what.Detail);
    }
}
