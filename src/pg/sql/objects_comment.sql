(SELECT q.description FROM pg_description q WHERE q.objoid = {1} AND q.classoid = '{2}'::regclass AND q.objsubid = {3})
