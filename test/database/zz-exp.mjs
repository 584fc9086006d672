import B from 'better-sqlite3'; import {DatabaseSync} from 'node:sqlite'; import fs from 'node:fs';
for (const mode of ['delete','wal']) {
 const p='/tmp/exp/a.db'; for (const s of ['','-wal','-shm','-journal']) fs.rmSync(p+s,{force:true});
 let s=new B(p); s.pragma('journal_mode='+mode); s.exec('create table t(id integer primary key, who text, fill text)'); 
 for(let i=0;i<50;i++) s.prepare('insert into t(who,fill) values (?,?)').run('start','x'.repeat(500)); s.close();
 const a=new B(p), b=new DatabaseSync(p);
 a.exec('begin immediate'); 
 try { b.exec('begin immediate'); console.log(mode,'second got the lock too'); } catch(e){console.log(mode,'refused',e.message)}
 for(let i=0;i<40;i++){ a.prepare('insert into t(who,fill) values (?,?)').run('a','a'.repeat(500)); b.prepare('insert into t(who,fill) values (?,?)').run('b','b'.repeat(500));}
 for (const x of [a,b]) try{ x.exec('commit')}catch(e){console.log('commit',e.message)}
 try{a.close()}catch(e){console.log(e.message)}; try{b.close()}catch(e){console.log(e.message)}
 s=new B(p); try{console.log(s.pragma('integrity_check').length, s.pragma('integrity_check').slice(0,2), s.prepare('select who,count(*) n from t group by who').all())}catch(e){console.log(e.message)}; s.close();
}
// wal close
{ const p='/tmp/exp/w.db'; for (const s of ['','-wal','-shm','-journal']) fs.rmSync(p+s,{force:true});
 let s=new B(p); s.pragma('journal_mode=wal'); s.exec('create table t(id integer primary key, who text)'); 
 const h=new DatabaseSync(p); h.exec("insert into t(who) values('h')"); console.log(fs.readdirSync('/tmp/exp').filter(f=>f.startsWith('w')));
 s.close(); console.log('after our close', fs.readdirSync('/tmp/exp').filter(f=>f.startsWith('w')));
 h.exec("insert into t(who) values('after')");
 const o=new B(p); // another process's view, roughly
 console.log(fs.readdirSync('/tmp/exp').filter(f=>f.startsWith('w')), h.prepare('select who from t').all());
 const {execFileSync}=await import('node:child_process');
 console.log('seen by another process:', execFileSync(process.execPath,['-e',`const B=require('better-sqlite3');console.log(new B('${p}',{readonly:true}).prepare('select who from t').all())`],{cwd:'/work/main'}).toString());
}
