using Crm.Courses;
using Crm.Institute;

namespace Crm.Demo;

/// <summary>The six courses of the demo institute.</summary>
internal static class DemoCourses
{
    public static IReadOnlyList<Course> Make() =>
        [Foundation(), OutpatientExamination(), InpatientExamination(), Diagnosis(), Procedures(), RiskAdjustment()];

    private static Course Foundation() => Of("FMC", "Foundation in Medical Coding", 12, 24_000,
        "From a science degree to a first coding job: how the body is described, how a chart is read, and how "
        + "ICD-10-CM and CPT turn it into codes.",
        "Graduates in life sciences, nursing, pharmacy, physiotherapy and allied health who have not coded before.",
        "Entry-level coder roles; the first step to the CPC",
        ("Medical terminology", 20), ("Anatomy and physiology for coders", 36), ("Reading a medical record", 16),
        ("ICD-10-CM: conventions and guidelines", 40), ("CPT: structure and surgery sections", 36),
        ("HCPCS Level II and modifiers", 16), ("Compliance and privacy", 8));

    private static Course OutpatientExamination() => Of("CPC", "CPC Examination Preparation", 20, 42_000,
        "The whole CPC blueprint with timed practice: outpatient coding across all specialities, worked from real "
        + "de-identified notes, and six mock examinations.",
        "Graduates and working coders who want the certificate that most employers in outpatient coding ask for.",
        "CPC, Certified Professional Coder",
        ("Terminology and anatomy refresher", 24), ("ICD-10-CM in depth", 48), ("CPT: evaluation and management", 36),
        ("CPT: surgery by body system", 60), ("Radiology, pathology and medicine", 30), ("Anaesthesia and HCPCS Level II", 18),
        ("Modifiers and NCCI edits", 16), ("Mock examinations and review", 36));

    private static Course InpatientExamination() => Of("CCS", "CCS Examination Preparation", 24, 55_000,
        "Inpatient coding for hospitals: ICD-10-CM with ICD-10-PCS, DRG assignment, and the medical scenarios that "
        + "decide the CCS examination.",
        "Coders with a year or more of experience, and CPC holders moving to inpatient work.",
        "CCS, Certified Coding Specialist",
        ("Inpatient documentation and queries", 24), ("ICD-10-CM: inpatient guidelines", 48),
        ("ICD-10-PCS: medical and surgical", 72), ("ICD-10-PCS: other sections", 24), ("MS-DRG, POA and reimbursement", 30),
        ("Coding quality and compliance", 16), ("Scenario practice and mock examinations", 48));

    private static Course Diagnosis() => Of("ICD", "ICD-10-CM Intensive", 6, 12_000,
        "Six weeks on diagnosis coding alone: every chapter, the official guidelines, and two hundred charts coded and reviewed.",
        "Nurses, pharmacists and billing staff who need diagnosis coding at work.",
        "Institute certificate; counts towards CPC preparation",
        ("Conventions and general guidelines", 12), ("Chapters 1 to 8", 20), ("Chapters 9 to 14", 20),
        ("Chapters 15 to 22", 20), ("Chart practice", 18));

    private static Course Procedures() => Of("PRC", "CPT and HCPCS Procedure Coding", 8, 15_000,
        "Procedures, services and supplies: choosing the CPT code that the operative note supports, with modifiers that payers accept.",
        "Coders who know diagnosis coding and want to code procedures.",
        "Institute certificate; counts towards CPC preparation",
        ("CPT structure and guidelines", 12), ("Surgery sections", 40), ("Evaluation and management", 20),
        ("HCPCS Level II", 12), ("Modifiers", 16));

    private static Course RiskAdjustment() => Of("RAC", "Risk Adjustment Coding", 10, 21_000,
        "HCC coding for payers and providers: valid documentation, hierarchies, audits, and the speed that production teams expect.",
        "Certified coders, and nurses moving into chart review.",
        "CRC, Certified Risk Adjustment Coder",
        ("Risk models and HCCs", 18), ("Documentation that supports a code", 20), ("Chronic conditions", 30),
        ("Audits and RADV", 14), ("Production practice", 30));

    private static Course Of(string code, string name, int weeks, decimal fee, string summary, string audience, string certification,
        params (string Title, int Hours)[] modules) => new()
        {
            Id = Guid.CreateVersion7(),
            Code = code,
            Name = name,
            Weeks = weeks,
            Fee = Money.FromRupees(fee),
            Summary = summary,
            Audience = audience,
            Certification = certification,
            Modules = [.. modules.Select(m => new CourseModule(m.Title, m.Hours))],
        };
}
