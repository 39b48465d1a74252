using Crm.Accounts;
using Crm.Courses;
using Crm.Institute;
using Crm.Leads;
using Crm.Messaging;
using Marten;
using Microsoft.Extensions.Options;

namespace Crm.Desk;

/// <summary>One thing that a new institute needs before the first enquiry.</summary>
/// <param name="Name">What it is, as a link says it.</param>
/// <param name="Why">What it is for.</param>
public sealed record FirstStep(string Name, string Address, string Why, bool IsDone);

/// <summary>What a new institute begins with, until somebody has enquired.</summary>
/// <param name="Form">The address at which people enquire.</param>
public sealed record FirstStepsView(IReadOnlyList<FirstStep> Steps, string Form)
{
    /// <summary>Whether people can enquire by now.</summary>
    public bool IsOpen => Steps.Take(Needed).All(s => s.IsDone);

    // Described, and with a course.
    private const int Needed = 2;
}

/// <summary>Looks at what is there.</summary>
public sealed partial class FirstSteps(CurrentInstitute institute, IMailTransport mail, IOptions<InstituteOptions> options)
{
    /// <returns>Null once there is a lead: then the institute is no new one.</returns>
    public async Task<FirstStepsView?> ReadAsync(IQuerySession session, CancellationToken cancel)
    {
        if (await session.Query<Lead>().AnyAsync(cancel)) return null;
        var (profile, form) = (institute.Profile, options.Value.PublicUrl + "/enquire");
        var course = await session.Query<Course>().AnyAsync(c => c.Open, cancel);
        var batch = await session.Query<Batch>().AnyAsync(cancel);
        var staff = await session.Query<User>().CountAsync(cancel) > 1;
        return new FirstStepsView(
        [
            new("Describe the institute", "/institute",
                "its name, address, phone and email are on all that is sent", profile.IsComplete()),
            new($"Add a {profile.CourseWord.One}", "/courses/new", "each enquiry is about one", course),
            new($"Add a {profile.BatchWord.One}", "/batches", "offers and seats are in one", batch),
            new("Set a mail server", "/outbox", "until then emails are kept here as files, and reach nobody", mail.LeavesMachine),
            new("Invite your staff", "/users", "leads are dealt to counsellors in turn", staff),
        ], form);
    }
}
