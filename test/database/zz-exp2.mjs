import B from 'better-sqlite3'; import fs from 'node:fs'; import {migrate} from '../../src/database/migrate.ts'; import {FORUM_TABLES} from '../../src/database/forum-queries.ts'; import { createForumFile } from '../support/forum-file.ts';
const cases={
 view:"create view post_images as select 1 as id",
 viewc:"create view character_profiles as select 1 as id",
 index:"create table q(x); create index image_files_deleted on q(x)",
 upper:"create table Image_Files(x)",
 upperPost:"create table Post_Images(id integer primary key, post_id int, PROMPT text, image_url text)",
 composite:"create table post_images(id integer, post_id integer, prompt text, image_url text, primary key(id,post_id))",
 virtual:"create virtual table post_images using fts5(id,post_id,prompt,image_url)",
 charNN:"create table post_images(id integer primary key, post_id int, character_profile_id integer not null, prompt text, image_url text)",
 trigger:"create table q(x); create trigger image_x after insert on q begin select 1; end",
};
for (const [k,sql] of Object.entries(cases)) { const f=createForumFile(); const d=new B(f.path); d.exec(sql); try{ console.log(k, migrate(d,FORUM_TABLES)); } catch(e){console.log(k, e.name, e.message)} d.close(); f.remove(); }
// schema change by other + cached statements
{const f=createForumFile(); const d=new B(f.path); migrate(d,FORUM_TABLES); const st=d.prepare('select * from character_profiles'); d.exec("insert into character_profiles(user_id,game_id,name,base_description) values (1,1,'a','b')"); console.log(st.all()); const o=new B(f.path); o.exec('alter table character_profiles add column zz text default 7'); console.log(st.all()); o.close()}
