using System.Text.Json.Serialization;
using Crm.Institute;
using Crm.Storage;

namespace Crm.Leads;

/// <summary>
/// One person's interest in one course, as the events of its stream
/// have left it. Marten keeps this snapshot in the events' transaction.
/// </summary>
public sealed class Lead
{
    public Guid Id { get; set; }
    public int Version { get; set; }

    /// <summary>What people quote on the phone, such as <c>L-7K3F9Q</c>.</summary>
    public string Reference { get; set; } = "";
    /// <summary>The number under which its person was erased; empty for all others.</summary>
    public string ErasedAs { get; set; } = "";

    [JsonIgnore] public bool IsErased => ErasedAs.Length > 0;

    public Guid PersonId { get; set; }
    public Guid CourseId { get; set; }
    public string CourseCode { get; set; } = "";
    public string CourseName { get; set; } = "";

    /// <summary>Courses that the person also asked about before anybody had reached them.</summary>
    public List<CourseRef> OtherCourses { get; set; } = [];
    public PreferredTime PreferredTime { get; set; }

    /// <summary>What files said of it that has no field here, in the order of their columns.</summary>
    public List<KeptText> Kept { get; set; } = [];

    /// <summary>How the person first came, by which reports count; later ones follow.</summary>
    public LeadSource Source { get; set; } = LeadSource.Direct;
    public List<LeadSource> LaterSources { get; set; } = [];

    /// <summary>What the source is usually called, where that was another name when it came.</summary>
    public string? UsualSource { get; set; }

    /// <summary>What the source is called; see <see cref="SourceBook"/> for what it is called by now.</summary>
    [ColumnOnly] public string SourceName => UsualSource ?? Source.Name;

    public Stage Stage { get; set; }
    public Guid? CounsellorId { get; set; }
    public string? CounsellorName { get; set; }
    public FollowUp? FollowUp { get; set; }
    public DateTimeOffset? FollowUpDueAt { get; set; }
    public Offer? Offer { get; set; }

    /// <summary>The discount that waits for a manager; null where none does.</summary>
    public DiscountRequest? Asked { get; set; }

    /// <summary>Since when it waits.</summary>
    public DateTimeOffset? AskedAt { get; set; }

    /// <summary>What was decided on the last discount that was asked for, until it is over.</summary>
    public DiscountAnswer? Answer { get; set; }

    /// <summary>The seat that the person has, or had last.</summary>
    public Guid? EnrolmentId { get; set; }

    /// <summary>Batches on whose lists of waiting people the lead was put; those lists tell whether it still waits.</summary>
    public List<Guid> Waits { get; set; } = [];
    public LostReason? LostReason { get; set; }
    [Usual(1)] public int Enquiries { get; set; } = 1;
    [Usual(0)] public int ContactAttempts { get; set; }

    // When each stage of the funnel was first reached; reports count these, so a lead lost later still counts.
    public DateTimeOffset ReceivedAt { get; set; }
    public DateTimeOffset? ContactedAt { get; set; }
    public DateTimeOffset? CounselledAt { get; set; }
    public DateTimeOffset? OfferedAt { get; set; }
    public DateTimeOffset? EnrolledAt { get; set; }
    public DateTimeOffset? LostAt { get; set; }

    /// <summary>When anything last happened, where that was after <see cref="ReceivedAt"/>.</summary>
    public DateTimeOffset? LaterActivityAt { get; set; }

    [ColumnOnly] public DateTimeOffset LastActivityAt => LaterActivityAt ?? ReceivedAt;

    /// <summary>Since when it is open and nothing is planned; null where something is, or where there is nothing to win any more.</summary>
    public DateTimeOffset? UnplannedSince { get; set; }

    /// <summary>Since when they wait for an answer: they wrote again after staff had turned to them.</summary>
    public DateTimeOffset? UnansweredSince { get; set; }

    /// <summary>The moves since anything else happened, the latest last.</summary>
    public List<StageMove> Moves { get; set; } = [];

    [JsonIgnore] public bool IsOpen => Stage.IsOpen();

    [JsonIgnore] public bool IsLost => Stage == Stage.Lost;

    [JsonIgnore] public bool IsEnrolled => Stage == Stage.Enrolled;

    [JsonIgnore] public CourseRef Course => new(CourseId, CourseCode, CourseName);

    /// <returns>What there is after an event of a stream; null where the change that made the lead was undone.</returns>
    public static Lead? Next(Lead? lead, Guid id, LeadEvent e) =>
        e is LeadRestored restored ? restored.As?.Copy()
        : lead is null && e is LeadErased ? null
        : (lead ?? new Lead { Id = id }).After(e);

    /// <returns>The lead after an event. Events of a later program than this change nothing but the time of the last one.</returns>
    public Lead After(LeadEvent e)
    {
        if (e is LeadRestored restored) return restored.As?.Copy() ?? this;
        if (e is LeadErased erased) return Masked().Close(erased);
        // What a file tells may have happened before what is known already.
        if (e is not LeadReceived && e.At > LastActivityAt) LaterActivityAt = e.At;
        if (e is not (StageChanged or StageMoveUndone)) Moves = [];
        switch (e)
        {
            case LeadReceived received: Receive(received); break;
            case EnquiredAgain again: HearAgain(again); break;
            case EnquiryCorrected corrected: PutRight(corrected); break;
            case LeadAssigned assigned: (CounsellorId, CounsellorName) = (assigned.CounsellorId, assigned.CounsellorName); break;
            case CourseCorrected corrected:
                SetCourse(corrected.Course);
                Offer = null; // it was of what they had not asked for
                break;
            case ContactLogged: ContactAttempts++; break;
            case FollowUpPlanned planned: SetFollowUp(new FollowUp(planned.FollowUpId, planned.DueAt, planned.Purpose)); break;
            case FollowUpDone or FollowUpCancelled: EndFollowUp(); break;
            case StageChanged changed: Move(changed); break;
            case StageMoveUndone undone: TakeBack(undone); break;
            case LeadLost lost: (LostReason, _) = (lost.Reason, Reach(Stage.Lost, e.At)); break;
            case LeadReopened: Reopen(e.At); break;
            case LeadGivenTo given: PersonId = given.PersonId; break;
            default: Agree(e); break;
        }
        if (EndsAsking(e)) EndAsking(e);
        UnansweredSince = IsReply(e) ? UnansweredSince ?? e.At : IsAnswer(e) ? null : UnansweredSince;
        UnplannedSince = IsOpen && FollowUp is null ? UnplannedSince ?? e.At : null;
        return this;
    }

    // What is offered, agreed, waited for and given up.
    private void Agree(LeadEvent e)
    {
        switch (e)
        {
            case DiscountAsked asked: Ask(asked); break;
            case DiscountApproved yes: Decide(new(yes.RequestId, true, yes.Offer, yes.Why ?? "", e.By.Name), yes.RollNumber); break;
            case DiscountRefused no: Decide(new(no.RequestId, false, no.Offer, no.Why, e.By.Name), ""); break;
            case OfferMade made: (Offer, _) = (made.Offer, Reach(Stage.Offered, e.At)); break;
            case LeadEnrolled enrolled: (EnrolmentId, _) = (enrolled.EnrolmentId, Reach(Stage.Enrolled, e.At)); break;
            case LeadTransferred moved:
                EnrolmentId = moved.EnrolmentId;
                SetCourse(moved.Course);
                break;
            case LeadWithdrew: (LostReason, _) = (Leads.LostReason.Withdrew, Reach(Stage.Lost, e.At)); break;
            case WaitlistJoined joined: Waits = [.. Waits.Where(w => w != joined.BatchId), joined.BatchId]; break;
            case WaitlistLeft left: Waits = [.. Waits.Where(w => w != left.BatchId)]; break;
        }
    }

    /// <summary>A copy without what somebody wrote about the person.</summary>
    public Lead Masked()
    {
        var masked = Copy();
        if (FollowUp is { } due) masked.FollowUp = due with { Purpose = StoredEvent.Erased };
        if (Asked is { } asked) masked.Asked = asked with { Why = StoredEvent.Erased };
        if (Answer is { } answer) masked.Answer = answer with { Why = StoredEvent.Erased };
        masked.Kept = [];
        return masked;
    }

    // Nobody is left to be called or won.
    private Lead Close(LeadErased e)
    {
        (ErasedAs, Moves, LaterActivityAt) = (e.Number, [], e.At);
        SetFollowUp(null);
        EndAsking(e);
        if (IsOpen) (LostReason, _) = (Leads.LostReason.Erased, Reach(Stage.Lost, e.At));
        (UnplannedSince, UnansweredSince) = (null, null);
        return this;
    }

    /// <summary>A copy whose lists are its own, to try events on.</summary>
    public Lead Copy()
    {
        var copy = (Lead)MemberwiseClone();
        (copy.OtherCourses, copy.LaterSources, copy.Moves) = ([.. OtherCourses], [.. LaterSources], [.. Moves]);
        copy.Kept = [.. Kept];
        return copy;
    }

    /// <returns>What was offered for a batch, where that can still be accepted on the day.</returns>
    public Offer? OfferOf(Guid batchId, DateOnly day) => Offer is { } made && made.BatchId == batchId && made.IsOpenOn(day) ? made : null;

    /// <returns>The move by which the same person left a stage within the moment; null where it counts.</returns>
    public StageMove? SlipFrom(Stage stage, Stamp stamp) =>
        Moves.LastOrDefault(m => m.From == stage && m.By == stamp.By.UserId && stamp.At - m.At <= LeadRules.Moment);

    /// <returns>The stage that the latest move left, as long as that can be a slip.</returns>
    public Stage? StageBeforeSlip(DateTimeOffset now) => Moves.LastOrDefault(m => now - m.At <= LeadRules.Moment)?.From;

    /// <summary>Whether what was offered can no longer be accepted.</summary>
    public bool OfferRanOutBy(DateOnly day) => IsOpen && Offer is { } made && !made.IsOpenOn(day);

    /// <summary>Whether somebody asked about this course here.</summary>
    public bool IsAbout(Guid courseId) => CourseId == courseId || OtherCourses.Any(c => c.Id == courseId);

    /// <summary>Whether nobody has spoken with the person, or corrected the course, since they asked about it.</summary>
    public bool IsStillAbout(Guid courseId) => Stage == Stage.New && CourseId == courseId;

    // Who was neither called nor promised anything yet is new, and counted as that.
    private bool IsReply(LeadEvent e) =>
        e is EnquiredAgain or EnquiryCorrected && e.By.Kind == ActorKind.Applicant
        && (Stage != Stage.New || ContactAttempts > 0 || FollowUp is not null);

    // Who is handed over or merged, or comes in with a file, still waits.
    private static bool IsAnswer(LeadEvent e) =>
        e.By.Kind == ActorKind.Staff && e is not (LeadAssigned or LeadGivenTo or EnquiredAgain or EnquiryCorrected);

    // What was asked for rests on an offer, a course and a lead that is open.
    private static bool EndsAsking(LeadEvent e) =>
        e is OfferMade or LeadEnrolled or LeadTransferred or LeadWithdrew or LeadLost or CourseCorrected;

    // An approval stays known beside the offer or the seat that came of it.
    private void EndAsking(LeadEvent by)
    {
        (Asked, AskedAt) = (null, null);
        var isItsOwn = by switch
        {
            OfferMade made => Answer?.Id == made.Offer.Id,
            LeadEnrolled enrolled => Answer?.RollNumber == enrolled.RollNumber,
            _ => false,
        };
        if (!isItsOwn) Answer = null;
    }

    private void Ask(DiscountAsked e) =>
        (Asked, AskedAt, Answer) = (new DiscountRequest(e.Offer, e.ByEmail, e.Why, e.By.Name) { Seat = e.Seat }, e.At, null);

    private void Decide(DiscountAnswer answer, string rollNumber) =>
        (Answer, Asked, AskedAt) = (answer with { Seat = Asked?.Seat, RollNumber = rollNumber }, null, null);

    // Whoever has ended it has told the applicant that the seat was approved and taken.
    private void EndFollowUp()
    {
        SetFollowUp(null);
        if (IsEnrolled) Answer = null;
    }

    private void Receive(LeadReceived e)
    {
        (Reference, PersonId, PreferredTime) = (e.Reference, e.PersonId, e.PreferredTime);
        (Source, UsualSource) = (e.Source, SourceNames.Usual(e.Source.Name) is var usual && usual != e.Source.Name ? usual : null);
        (CounsellorId, CounsellorName) = (e.Counsellor?.Id, e.Counsellor?.Name);
        SetCourse(e.Course);
        AskAlso(e.Also, e.Kept);
        (Stage, ReceivedAt, Enquiries) = (Stage.New, e.At, 1);
    }

    private void HearAgain(EnquiredAgain e)
    {
        Enquiries++;
        AskAlso([e.Course, .. e.Also ?? []], e.Kept);
        if (e.Source != Source && !LaterSources.Contains(e.Source)) LaterSources.Add(e.Source);
    }

    private void AskAlso(IReadOnlyList<CourseRef>? courses, IReadOnlyList<KeptText>? kept)
    {
        foreach (var course in courses ?? [])
            if (!IsAbout(course.Id)) OtherCourses.Add(course);
        Kept.AddRange((kept ?? []).Except(Kept));
    }

    private void PutRight(EnquiryCorrected e)
    {
        if (!e.Own)
        {
            if (!IsAbout(e.Course.Id)) OtherCourses.Add(e.Course);
            return;
        }
        SetCourse(e.Course);
        PreferredTime = e.PreferredTime;
    }

    private void SetCourse(CourseRef course)
    {
        (CourseId, CourseCode, CourseName) = (course.Id, course.Code, course.Name);
        OtherCourses.RemoveAll(c => c.Id == course.Id);
    }

    private void Move(StageChanged e)
    {
        Moves = e.ByItself ? [.. Moves, new StageMove(Stage, e.At, e.By.UserId, ContactedAt, CounselledAt)] : [];
        Reach(e.To, e.At);
    }

    private void TakeBack(StageMoveUndone e)
    {
        Stage = e.To;
        var slip = Moves.FindLastIndex(m => m.From == e.To && m.At == e.Since);
        if (slip < 0) return;
        (ContactedAt, CounselledAt) = (Moves[slip].ContactedAt, Moves[slip].CounselledAt);
        Moves = Moves[..slip];
    }

    private void SetFollowUp(FollowUp? followUp) => (FollowUp, FollowUpDueAt) = (followUp, followUp?.DueAt);

    private void Reopen(DateTimeOffset at)
    {
        (LostReason, LostAt) = (null, null);
        Reach(ContactedAt is null ? Stage.New : Stage.Contacted, at);
    }

    // A stage reached has passed the ones before it: a lead enrolled at the counter was contacted and counselled there.
    private Stage Reach(Stage stage, DateTimeOffset at)
    {
        Stage = stage;
        if (stage == Stage.Lost) LostAt = at;
        else
        {
            if (stage >= Stage.Contacted) ContactedAt ??= at;
            if (stage >= Stage.Counselled) CounselledAt ??= at;
            if (stage >= Stage.Offered) OfferedAt ??= at;
            if (stage >= Stage.Enrolled) EnrolledAt ??= at;
        }
        return stage;
    }
}
