using System.Text.Json.Serialization;

namespace Crm.Leads;

/// <summary>A person who enquired, as the events of their stream have left them. Marten keeps this snapshot in the events' transaction.</summary>
public sealed class Lead
{
    public Guid Id { get; set; }
    public int Version { get; set; }

    /// <summary>What people quote on the phone, such as <c>L-7K3F9Q</c>.</summary>
    public string Reference { get; set; } = "";
    public string Name { get; set; } = "";

    /// <summary>E.164, such as <c>+919847012345</c>.</summary>
    public string Phone { get; set; } = "";
    public string? Email { get; set; }
    public Guid CourseId { get; set; }
    public string CourseName { get; set; } = "";
    public PreferredTime PreferredTime { get; set; }
    public LeadSource Source { get; set; } = LeadSource.Direct;
    public string SourceName { get; set; } = "";
    public LeadStage Stage { get; set; }
    public Guid? CounsellorId { get; set; }
    public string? CounsellorName { get; set; }
    public FollowUp? FollowUp { get; set; }
    public DateTimeOffset? FollowUpDueAt { get; set; }
    public Offer? Offer { get; set; }
    public Guid? EnrolmentId { get; set; }
    public LostReason? LostReason { get; set; }
    public bool EmailsStopped { get; set; }
    public int Enquiries { get; set; }
    public int ContactAttempts { get; set; }

    // When each stage of the funnel was first reached; reports count these, so a lead lost later still counts.
    public DateTimeOffset ReceivedAt { get; set; }
    public DateTimeOffset? ContactedAt { get; set; }
    public DateTimeOffset? CounselledAt { get; set; }
    public DateTimeOffset? OfferedAt { get; set; }
    public DateTimeOffset? EnrolledAt { get; set; }
    public DateTimeOffset? LostAt { get; set; }
    public DateTimeOffset LastActivityAt { get; set; }

    /// <summary>Lower-case name, phone digits, email and reference: what the list's search box looks in.</summary>
    public string SearchText { get; set; } = "";

    [JsonIgnore] public bool IsOpen => Stage is not (LeadStage.Enrolled or LeadStage.Lost);
    [JsonIgnore] public bool CanBeEmailed => Email is not null && !EmailsStopped;

    public static Lead Create(LeadReceived e)
    {
        var lead = new Lead
        {
            Reference = e.Reference,
            Name = e.Name,
            Phone = e.Phone,
            Email = e.Email,
            CourseId = e.CourseId,
            CourseName = e.CourseName,
            PreferredTime = e.PreferredTime,
            Source = e.Source,
            SourceName = e.Source.Name,
            Stage = LeadStage.New,
            ReceivedAt = e.At,
            LastActivityAt = e.At,
            Enquiries = 1,
        };
        lead.Index();
        return lead;
    }

    public void Apply(EnquiredAgain e)
    {
        Enquiries++;
        // Whoever knows the number may have sent this: an address that is there stays until a counsellor has asked.
        Email ??= e.Email;
        if (Stage != LeadStage.Enrolled) (CourseId, CourseName) = (e.CourseId, e.CourseName);
        PreferredTime = e.PreferredTime;
        Index();
        LastActivityAt = e.At;
    }

    public void Apply(LeadAssigned e) => (CounsellorId, CounsellorName, LastActivityAt) = (e.CounsellorId, e.CounsellorName, e.At);

    public void Apply(DetailsCorrected e)
    {
        (Name, Phone, Email, CourseId, CourseName, LastActivityAt) = (e.Name, e.Phone, e.Email, e.CourseId, e.CourseName, e.At);
        Index();
    }

    public void Apply(ContactLogged e)
    {
        ContactAttempts++;
        LastActivityAt = e.At;
    }

    public void Apply(NoteAdded e) => LastActivityAt = e.At;

    public void Apply(FollowUpScheduled e)
    {
        FollowUp = new FollowUp(e.FollowUpId, e.DueAt, e.Purpose);
        FollowUpDueAt = e.DueAt;
        LastActivityAt = e.At;
    }

    public void Apply(FollowUpDone e) => ClearFollowUp(e.At);

    public void Apply(FollowUpCancelled e) => ClearFollowUp(e.At);

    public void Apply(StageChanged e) => Reach(e.To, e.At);

    public void Apply(BrochureSent e) => LastActivityAt = e.At;

    public void Apply(EmailQueued e) => LastActivityAt = e.At;

    public void Apply(OfferMade e)
    {
        Offer = e.Offer;
        Reach(LeadStage.Offered, e.At);
    }

    public void Apply(LeadEnrolled e)
    {
        EnrolmentId = e.EnrolmentId;
        Reach(LeadStage.Enrolled, e.At);
    }

    public void Apply(LeadLost e)
    {
        LostReason = e.Reason;
        Reach(LeadStage.Lost, e.At);
    }

    public void Apply(LeadReopened e)
    {
        LostReason = null;
        LostAt = null;
        Reach(ContactedAt is null ? LeadStage.New : LeadStage.Contacted, e.At);
    }

    public void Apply(EmailsStopped e) => (EmailsStopped, LastActivityAt) = (true, e.At);

    private void ClearFollowUp(DateTimeOffset at)
    {
        FollowUp = null;
        FollowUpDueAt = null;
        LastActivityAt = at;
    }

    // A stage reached has passed the ones before it: a lead enrolled at the counter was contacted and counselled there.
    private void Reach(LeadStage stage, DateTimeOffset at)
    {
        Stage = stage;
        LastActivityAt = at;
        if (stage is LeadStage.Lost) { LostAt = at; return; }
        if (stage >= LeadStage.Contacted) ContactedAt ??= at;
        if (stage >= LeadStage.Counselled) CounselledAt ??= at;
        if (stage >= LeadStage.Offered) OfferedAt ??= at;
        if (stage >= LeadStage.Enrolled) EnrolledAt ??= at;
    }

    private void Index() => SearchText = $"{Name} {Phone} {Email} {Reference}".ToLowerInvariant();
}
