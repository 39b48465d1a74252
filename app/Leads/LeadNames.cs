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
    // Of the other courses that somebody asked about there is no index: that all leads are read is the price of a rare act. Where there
    // are none, none are stored, and that stays so.
    private const string OfCourse = $"""
        update {MartenSetup.Schema}.mt_doc_lead
        set data = data
            || case when course_id = ? then jsonb_build_object('CourseCode', ?::text, 'CourseName', ?::text) else jsonb_build_object() end
            || case when data -> 'OtherCourses' is null then jsonb_build_object() else jsonb_build_object('OtherCourses', array(
                select case when o.course ->> 'Id' = ?::text then o.course || jsonb_build_object('Code', ?::text, 'Name', ?::text)
                    else o.course end
                from jsonb_array_elements(data -> 'OtherCourses') with ordinality o (course, at) order by o.at)) end
        where id = any(array(select id from {MartenSetup.Schema}.mt_doc_lead
            where course_id = ? and (data ->> 'CourseCode', data ->> 'CourseName') <> (?, ?)
                or data -> 'OtherCourses' @> jsonb_build_array(jsonb_build_object('Id', ?::text)) order by id for update))
        """;

    private const string OfCounsellor = $"""
        update {MartenSetup.Schema}.mt_doc_lead set data = data || jsonb_build_object('CounsellorName', ?::text)
        where id = any(array(select id from {MartenSetup.Schema}.mt_doc_lead
            where counsellor_id = ? and data ->> 'CounsellorName' <> ? order by id for update))
        """;

    public void Rename(Course course, IDocumentSession session) =>
        session.QueueSqlCommand(OfCourse, course.Id, course.Code, course.Name, course.Id.ToString(), course.Code, course.Name,
            course.Id, course.Code, course.Name, course.Id.ToString());

    /// <summary>In a session that the caller saves.</summary>
    public static void Rename(IDocumentSession session, User counsellor) =>
        session.QueueSqlCommand(OfCounsellor, counsellor.Name, counsellor.Id, counsellor.Name);
}
