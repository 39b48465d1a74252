namespace Crm.Demo;

/// <summary>What the demo's people are called, where they came from and what was said to them. All of it is made up.</summary>
internal static class DemoNames
{
    public static readonly string[] First =
    [
        "Anjali", "Arya", "Athira", "Devika", "Fathima", "Gayathri", "Hasna", "Irene", "Jisha", "Keerthana", "Lakshmi", "Meera", "Neethu",
        "Parvathy", "Reshma", "Safna", "Sneha", "Sreelakshmi", "Teena", "Vidya",
        "Abhijith", "Ajmal", "Akhil", "Anand", "Arjun", "Basil", "Christy", "Faizal", "Gokul", "Hari", "Jithin", "Joel", "Midhun", "Nikhil",
        "Rahul", "Rinshad", "Sarath", "Sreejith", "Vishnu", "Yadhu",
    ];

    public static readonly string[] Last =
    [
        "Nair", "Menon", "Pillai", "Kurian", "Thomas", "Varghese", "Joseph", "Mathew", "George", "Antony", "Rahman", "Ibrahim", "Hameed",
        "Basheer", "Krishnan", "Raj", "Suresh", "Mohan", "Das", "Babu",
        "Chandran", "Vijayan", "Philip", "Jacob", "Sebastian", "Unnikrishnan", "Gopinath", "Warrier", "Shaji", "Paul",
    ];

    /// <summary>Source, medium, campaign, and how often out of 100.</summary>
    public static readonly (string Name, string? Medium, string? Campaign, int Share)[] Sources =
    [
        ("blog", "article", "what-is-medical-coding", 27), ("google", "cpc", "cpc-exam-kerala", 21),
        ("instagram", "social", "alumni-stories", 15),
        ("google.com", null, null, 11), ("Direct", null, null, 8), ("Referral", null, null, 7), ("youtube", "video", "day-of-a-coder", 5),
        ("Walk in", null, null, 4), ("facebook", "social", "open-house", 2),
    ];

    public static readonly string[] Questions =
    [
        "I finished BSc Nursing in April. Can I work from home after this?", "What is the pass rate for CPC?",
        "Is there a weekend batch? I work in a hospital.",
        "Can I pay in instalments?", "I am a BPharm graduate, is this course right for me?",
        "Do you help with placement in Kochi or Bengaluru?",
    ];

    public static readonly string[] FirstTalk =
    [
        "Interested, wants to know about weekend timings.", "BSc graduate, asked about eligibility for the examination.",
        "Comparing with another institute; asked about placement support.",
        "Working as a nurse, wants evening classes.", "Parents would like to visit before deciding.",
        "Asked for instalments. Will discuss at home.", "Returning after a career break, keen on work from home.",
    ];

    public static readonly string[] Counselled =
    [
        "Went through the syllabus and a sample chart. Very keen.", "Visited with a parent, saw a class. Fee is the question.",
        "Explained the difference between CPC and CCS; suits this course.",
        "Free class attended. Wants the next batch.", "Talked through job roles and starting salaries.",
    ];

    public static readonly string[] NoAnswer = ["Rang out.", "Will try again in the evening.", "Sent a WhatsApp message as well."];
}
