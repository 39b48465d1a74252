using System.Diagnostics;
using Crm.Courses;
using Crm.Fees;
using Crm.Institute;

namespace Crm.Benchmarks;

/// <summary>How many brochures a second are made, each for another applicant.</summary>
internal static class Brochures
{
    private static readonly string[] Names =
        ["Anjali Nair", "Midhun Varghese", "Sreelakshmi Unnikrishnan", "Fathima Hameed", "Joel Kurian", "അഞ്ജലി നായർ"];

    public static IEnumerable<Result> Measure(TimeSpan time)
    {
        foreach (var threads in new[] { 1, 2 })
        {
            Run(threads, TimeSpan.FromSeconds(2));
            var (perSecond, bytes) = Run(threads, time);
            yield return new($"Brochures, {threads} {(threads == 1 ? "thread" : "threads")}", $"{perSecond:0}/s, {bytes / 1024:0} KB each",
                $"Brochure.Generate for another applicant each time, {time.TotalSeconds:0} s after 2 s of warm-up; "
                + $"one name of {Names.Length} is in Malayalam");
        }
    }

    private static (double PerSecond, double Bytes) Run(int threads, TimeSpan time)
    {
        long made = 0, bytes = 0;
        var clock = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            for (var i = t; clock.Elapsed < time; i++)
            {
                Interlocked.Add(ref bytes, Brochure.Generate(ContentFor(i)).Length);
                Interlocked.Increment(ref made);
            }
        })).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return (made / clock.Elapsed.TotalSeconds, (double)bytes / made);
    }

    // The benchmark has no database: it asks for nothing but the profile.
    private static readonly CurrentInstitute Institute = new(new InstituteProfile
    {
        Name = "Periyar School of Medical Coding",
        Tagline = "Careers in medical coding",
        Address = "Chittoor Road, Ernakulam",
        Phone = "+91 484 290 0100",
        Email = "admissions@periyar.example",
        Website = "https://periyar.example",
        BrochureSteps = "Talk to your counsellor.\nSit in on a class.\nAccept the offer.",
    });

    private static BrochureContent ContentFor(int i)
    {
        var at = new DateTimeOffset(2026, 11, 23, 4, 30, 0, TimeSpan.Zero);
        var today = DateOnly.FromDateTime(at.Date);
        var course = new Course
        {
            Code = "CPC",
            Name = "Certified Professional Coder Preparation",
            Summary = "Learn to code diagnoses and procedures from real charts, "
                + "and sit the examination with a year of practice behind you.",
            Audience = "Graduates in life sciences, nursing, pharmacy and allied health who want to work in medical coding.",
            Certification = "CPC of the AAPC",
            Weeks = 20,
            Fee = Money.FromRupees(42_000),
            Modules = [.. Enumerable.Range(1, 9).Select(m => new CourseModule($"Module {m}: anatomy, terminology and guidelines", 8 * m))],
        };
        var name = PersonName.FromStored(Names[i % Names.Length] + " " + i);
        var batches = Enumerable.Range(1, 6).Select(b => new Batch
        {
            Code = $"CPC-27{b:00}",
            StartsOn = today.AddDays(14 * b),
            Schedule = "Mon–Fri, 10:00–12:30",
            Seats = 12,
        }).ToList();
        return new BrochureContent(name, $"L-{i % 1_000_000:000000}", course, batches, "Divya Menon", "+91 484 290 0102",
            Plans.For(course.Fee), Institute, null, today, at);
    }
}
