using Crm.Courses;
using Crm.Institute;

namespace Crm.Tests;

/// <summary>What brochures and letters are made from in tests that need no database.</summary>
internal static class Papers
{
    public static readonly CurrentInstitute Institute = new(new InstituteProfile
    {
        Name = "Periyar School of Medical Coding",
        Tagline = "Careers in medical coding",
        Address = "2nd Floor, Chittoor Road, Ernakulam, Kerala 682011",
        Phone = "+91 484 290 0100",
        Email = "admissions@periyar.example",
        Website = "https://periyar.example",
        LetterText = "Please keep this letter.",
        BrochureSteps = "Talk to your counsellor.\nSit in on a class.\nAccept the offer.",
    });

    public static Batch MakeBatch(string code = "CPC-2701", int seats = 10, int taken = 3) => new()
    {
        Id = Guid.CreateVersion7(),
        Code = code,
        StartsOn = new DateOnly(2027, 1, 4),
        Schedule = "Mon–Fri, 10:00–12:30",
        Seats = seats,
        SeatsTaken = taken,
    };
}
