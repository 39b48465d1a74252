using Crm.Institute;

namespace Crm.Demo;

/// <summary>The demo's own institute. No other installation is ever called so.</summary>
internal static class DemoInstitute
{
    public static InstituteProfile Make() => new()
    {
        Name = "Periyar School of Medical Coding",
        Tagline = "Careers in medical coding, taught by working coders",
        Address = "2nd Floor, Chittoor Road, Ernakulam, Kerala 682011",
        Phone = "+91 484 290 0100",
        Email = "admissions@periyar.example",
        Website = "https://periyar.example",
        HomeTitle = "Medical coding courses",
        HomeText = "Hospitals and insurers turn every visit into codes: ICD-10-CM for the diagnosis, CPT and HCPCS for what was done. "
            + "We prepare graduates for that work, and for the CPC and CCS examinations.",
        BrochureSteps = "Talk to your counsellor about your degree, your working hours and the batch that suits them.\n"
            + "Sit in on a class, free of charge, at the institute or online.\n"
            + "Accept the offer you are sent, and pay the first instalment. Your seat and roll number come by email the same day.",
        LetterText = "Please keep this letter, and bring it with a photo identity card and your degree certificate on the first day.",
        UpiPayee = "periyar.fees@okbank",
        CounsellorDiscountPercent = 10,
        CommonQuestions = "eligibility, class timings and how to pay in instalments",
    };
}
