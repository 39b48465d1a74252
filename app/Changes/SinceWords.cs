using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Seats;

namespace Crm.Changes;

/// <summary>Why something is left as it is: what happened to it since.</summary>
internal static class SinceWords
{
    public const string EarlierUndone = "an earlier change was undone since";
    public const string NotThere = "is not there any more";
    public const string LeadStays = "has a lead that stays";
    public const string MailHasLeft = "the email has left";

    /// <returns>Such as "called by Divya Menon since".</returns>
    public static string Of(StoredEvent e) => $"{What(e)} since";

    private static string What(StoredEvent e) => e switch
    {
        ContactLogged { Channel: ContactChannel.Call } => $"called by {e.By.Name}",
        ContactLogged or EmailWritten => $"written to or met by {e.By.Name}",
        NoteAdded => $"a note was written by {e.By.Name}",
        EnquiredAgain => "enquired again",
        EnquiryCorrected => "corrected their enquiry",
        FollowUpPlanned or FollowUpDone or FollowUpCancelled => $"followed up by {e.By.Name}",
        LeadAssigned assigned => $"given to {assigned.CounsellorName}",
        StageChanged or StageMoveUndone => $"moved by {e.By.Name}",
        OfferMade => $"an offer was made by {e.By.Name}",
        LeadEnrolled => $"enrolled by {e.By.Name}",
        LeadLost => $"marked lost by {e.By.Name}",
        LeadReopened => $"reopened by {e.By.Name}",
        LeadGivenTo or PersonMerged or MergedInto or SeatGivenTo => "merged with another record",
        PersonSplit or SplitFrom => "split from another record",
        EmailsStopped => "asked for no more emails",
        PersonErased or LeadErased or SeatErased => "erased",
        PaymentReceived => $"a payment was received by {e.By.Name}",
        _ => $"changed by {e.By.Name}",
    };
}
