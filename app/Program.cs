return await Crm.EnrolmentApp.RunAsync(args);
