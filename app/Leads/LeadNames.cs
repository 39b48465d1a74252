using Crm.Accounts;
using Crm.Courses;
using Crm.Storage;
using Marten;

namespace Crm.Leads;

/// <summary>
/// Has leads name courses and counsellors as they are called now: lists, papers and mail read the names there. Their events keep what was
/// said at the time, and so do seats, which were agreed under the name of that day. Rows are locked in the order of all who lock several.
/// </summary>
public sealed class LeadNames : ICourseNames
{
    private const string OfCourse = $"""
        update {MartenSetup.Schema}.mt_doc_lead
        set data = data || jsonb_build_object('CourseCode', ?::text, 'CourseName', ?::text)
        where id = any(array(select id from {MartenSetup.Schema}.mt_doc_lead
            where course_id = ? and (data ->> 'CourseCode', data ->> 'CourseName') <> (?, ?) order by id for update))
        """;

    private const string OfCounsellor = $"""
        update {MartenSetup.Schema}.mt_doc_lead set data = data || jsonb_build_object('CounsellorName', ?::text)
        where id = any(array(select id from {MartenSetup.Schema}.mt_doc_lead
            where counsellor_id = ? and data ->> 'CounsellorName' <> ? order by id for update))
        """;

    public void Rename(Course course, IDocumentSession session) =>
        session.QueueSqlCommand(OfCourse, course.Code, course.Name, course.Id, course.Code, course.Name);

    /// <summary>In a session that the caller saves.</summary>
    public static void Rename(IDocumentSession session, User counsellor) =>
        session.QueueSqlCommand(OfCounsellor, counsellor.Name, counsellor.Id, counsellor.Name);
}
