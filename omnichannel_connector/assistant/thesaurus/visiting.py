"""Words of coming by, taking part, and getting in touch. How they are written: see the package."""

VISITING = {
    "hours": """open|opens|opening|opened|close|closes|closed|closing|business hours|hours|
        until when|what time|how late|openning|hrs|bank holiday*|public holiday*|shut|shuts|
        lunch break|weekends|
        horaire*|ouvert*|ouvre*|ouvrez|fermez|ferme|fermes|ferment|fermeture|quelle heure|
        jour ferie|jours feries|fermee*|oraire*|jusqu'a quand|pause dejeuner|le dimanche|fermer|
        offnet|geoffnet|offnungszeit*|auf haben|schliesst|schliessen|geschlossen|wie lange habt|
        bis wann|offnen|oeffnet|oeffnen|geoeffnet|oeffnungszeit*|offnungzeit*|auf habt|habt ihr auf|
        habt ihr offen|noch offen|zu habt|schliest|feiertag*|mittagspause|um wieviel uhr|
        wie viel uhr|betriebsferien|sonntags|ab wann|geschaftszeit*|macht ihr auf|macht ihr zu|
        horario*|abren|abre|abierto*|abris|cierran|cierra|cerrado*|que hora|orario*|abierta|abrir|
        cerrar|cerrais|cierre|cerrada|festivo*|hasta que hora|a q hora|apertura|mediodia|
        los domingos|
        abrem|aberto*|aberta*|fecham|fecha|fechado*|que horas|funcionamento|abertura|fechada*|
        fechar|fecho|encerra*|feriado*|ate que horas|ate q horas|q horas|hora de almoco|
        aos domingos|a que horas""",
    "place": """where are you|located|location|address*|adress*|find you|directions|get there|
        get to you|map|where r you|where is your|where's your|addres|nearest station|bus stop|
        which street|how to find|postcode|zip code|come by|public transport|get to the|
        adresse|trouve*|situe*|ou etes|plan d'acces|adrese|ou est votre|localisation|itineraire|
        quelle rue|code postal|venir chez vous|arret de bus|metro|ou etes-vous|
        wo seid|wo ist euer|wo ist der laden|wo ist das|anschrift|standort|anfahrt|wegbeschreibung|
        wo liegt|wo finde ich|wo befindet|wo genau|welche strasse|hinkommen|komme ich hin|
        postleitzahl|plz|haltestelle|zu euch|wo ist ihr|
        direccion|ubicacion|ubicad*|donde estan|donde esta la tienda|donde queda*|como llego|
        como llegar|direcion|donde os|donde se encuentra*|donde se ubica|donde esta la|donde estais|
        como se llega|codigo postal|que calle|mapa|localizacion|situad*|queda lejos|como ir|
        llegar ahi|
        endereco*|morada|onde fica*|onde estao|localizacao|como chego|como chegar|enderesso*|
        localizad*|onde se encontra|onde se situa|onde vcs|onde voces|que rua|qual a rua|cep|
        ponto de onibus|fica longe|como la chego""",
    "parking": """park|parking|car park|parkin|parked|garage|by car|my car|charging station|
        disabled bay|drive there|
        garer|stationn*|voiture|parkings|borne de recharge|
        parken|parkplatz*|parkhaus|auto|parkplaetze|parkmoglich*|parkmoeglich*|parkhauser|
        tiefgarage|parkschein|abstellen|ladestation|parkplaz|geparkt|
        aparcar|aparcamiento|estacion*|coche|aparcamientos|aparco|parqueo|parquear|parquin|garaje|
        carro|parque|parqueamento|garagem""",
    "access": """wheelchair*|accessible|accessibility|step free|steps|step|stairs|elevator|lift|
        pram|disabled|weelchair*|wheel chair*|accessable|barrier free|ramp|ramps|stroller|buggy|
        prams|disability|disabilities|mobility|ground floor|
        fauteuil roulant|ascenseur|escalier*|handicap*|poussette|mobilite reduite|fauteuil|pmr|
        rampe|rampes|plain-pied|plain pied|marches|mobilite|rez-de-chaussee|poussettes|etage|
        rollstuhl*|barrierefrei|aufzug|fahrstuhl|treppe*|stufe*|kinderwagen|rolstuhl*|barierefrei|
        behindert*|behinderung*|rampen|ebenerdig|erdgeschoss|gehbehindert*|
        silla de ruedas|accesible|ascensor|escalera*|silla ruedas|accesibilidad|accesibles|acesible|
        discapacidad|discapacitad*|minusvalid*|movilidad|rampa*|escalones|escalon|planta baja|
        cochecito|barreras|adaptado*|
        cadeira de rodas|acessivel|elevador|escadas|mobilidade|cadeirante*|cadeira rodas|
        acessibilidade|acessiveis|deficien*|degrau*|res do chao|rez-do-chao|terreo|carrinho de bebe|
        elevadores""",
    "pet": """dog|dogs|pet|pets|cat|cats|animals|
        chien|chiens|animal|animaux|
        hund|hunde|hunden|haustier*|tiere|katze*|hundefreundlich|
        perro*|perrito*|mascota*|animales|gato|gatos|cachorro*|
        cao|caes|animais""",
    "booking": """book|books|booked|booking|bookings|reserve*|reservation*|sign up|enrol*|register|
        slot|spot|place in|seat|seats|appointment*|boking|bokings|apointment*|apppointment*|signup|
        sign me up|signing up|registration|registering|spots|slots|spaces left|spare place|walk in|
        walk-in|drop in|drop-in|waiting list|waitlist|
        reserver|reservez|inscri*|rendez-vous|rdv|rdvs|rendez vous|une place|places|
        place disponible|creneau*|complet|liste d'attente|
        buch*|anmeld*|reservier*|termin|termine|platz frei|gebucht|ausgebucht|anzumelden|angemeldet|
        terminvereinbar*|terminbuch*|termien|platz|platze|plaetze|warteliste|vormerk*|teilnehmen|
        mitmachen|onlinebuchung|
        plaza|plazas|rezerva*|citas|pedir hora|turno|turnos|hueco*|cupo|cupos|lista de espera|
        sitio libre|
        reserva*|apuntar*|cita|marcar|marcacao|inscrever*|inscricao|vaga|vagas|lugar|marcacoes|
        agend*|lugares|horario disponivel|participar|marcado|marquei""",
    "cancel": """cancel*|call off|can't come|cant come|can not come|can't make it|cannot make it|
        cant make it|move my booking|move my|reschedul*|postpone*|another date|cancle*|can't attend|
        cant attend|cannot come|cannot attend|unable to come|unable to attend|not able to|
        won't make it|wont make it|can't be there|change the date|change my booking|
        change my appointment|different date|different day|another day|another time|rebook*|put off|
        move it|running late|feeling ill|i'm ill|i'm sick|
        annul*|decommand*|reporter|empech*|decaler|deplacer|repousser|changer de date|
        changer la date|changer l'heure|autre date|autre jour|peux pas venir|pourrai pas venir|
        pourrais pas venir|ne pourrai pas|desinscri*|me desister|malade|modifier mon rdv|
        absag*|stornier*|verschieb*|nicht kommen|abgesagt|abzusagen|storno*|stonier*|kundig*|
        kuendig*|termin andern|verlegen|umbuch*|anderen termin|anderer termin|anderes datum|
        anderen tag|kann nicht kommen|leider nicht|schaffe es nicht|verhindert|krank|erkrankt|
        abmeld*|abbestell*|zurucktreten|rucktritt|verschoben|
        anular*|cambiar la fecha|cambiar de fecha|cambiar de dia|cambiar el dia|cambiar mi cita|
        cambiar la cita|cambiar la hora|otra fecha|otro dia|pospon*|reprogram*|reagend*|mover mi|
        mover la cita|no puedo asistir|no podre asistir|no llego a|dar de baja|darme de baja|
        estoy enferm*|enfermo|
        cancelar|aplazar|no puedo ir|no podre ir|desmarcar|adiar|nao posso ir|remarc*|adiamento|
        mudar a data|mudar de data|mudar o dia|mudar a hora|alterar a data|alterar a marcacao|
        outra data|outro dia|nao posso comparecer|nao vou poder|nao consigo ir|nao poderei|
        nao vou conseguir|desistir|doente|imprevisto""",
    "course": """class|classes|clases|course*|workshop*|lesson*|wheel|session|beginners|taster|
        training|teach|teaches|taught|teacher|instructor*|tutor*|learn|learning|beginner|sessions|
        level|
        cours|atelier de|stage|initiation|ateliers|atelier|stages|apprendre|debutant*|seance*|
        professeur|prof|niveau|enseign*|
        kurs|kurse|kursen|topferkurs*|unterricht|teilnahme|kurses|seminar*|schnupperkurs*|
        schnupperstunde|probestunde|probetraining|anfanger*|anfaenger*|einsteiger*|lernen|lehrer*|
        kursleit*|unterrichtsstunde|abendkurs|fortgeschritten*|toepferkurs*|
        curso*|taller*|clase|tayer|lecciones|leccion|principiante*|aprender|ensenan|ensena|
        profesor*|nivel|iniciacion|sesion|sesiones|
        aula|aulas|oficina*|licao|licoes|iniciante*|ensinam|ensina|professor*|iniciacao|sessao|
        sessoes|formador*""",
    "child": """kid|kids|child*|son|daughter|toddler|baby|birthday|year old|years old|age|chidren|
        daugther|daughters|teen|teens|teenager*|toddlers|babies|family|grandson|granddaughter|
        grandchild*|boys|girl|girls|little one*|how old|under 18|yrs old|birthdays|school holidays|
        enfant*|petits|fils|fille|anniversaire|bebe*|ado|ados|adolescent*|mineur*|garcon*|filles|
        ans|famille|tout-petit*|anniv|
        kind|kinder*|sohn|tochter|kindergeburtstag|toechter|sohne|kleinkind*|jugendlich*|
        mindestalter|ab welchem alter|wie alt|altersgrenze|jahre alt|jahrig*|jaehrig*|madchen|
        maedchen|jungs|familie|minderjahrig*|geburtstag|
        nino*|nina*|hijo*|hija*|pequeno*|cumpleanos|chico*|chica*|chiquito*|menor|menores|edad|
        edades|anos tiene|familia|peque|peques|infantil*|cumple|cumples|nieto*|nieta*|
        crianca*|filho*|filha*|miudo*|aniversario|menino*|menina*|garoto*|garota*|idade*|neta|
        infantis|pequenino*|festa de anos|aniversarios""",
    "group": """group|groups|team building|teambuilding|hen do|hen party|stag do|bachelorette|
        private event*|private class|private session|company event|rent the|hire the|office party|
        groupe*|evjf|evenement*|privatis*|entre amis|entre copines|cours prive|sortie d'entreprise|
        comite d'entreprise|louer la salle|
        gruppe*|teamevent*|firmenfeier*|firmenevent*|betriebsausflug|betriebsfeier|weihnachtsfeier|
        junggesell*|jga|privatkurs*|private feier|mieten|schulklasse*|
        grupo|grupos|grupal*|despedida*|evento|eventos|clase privada|entre amigas|entre amigos|
        alquilar|
        aula privada|alugar""",
    "bring": """should i bring|bring along|bring my own|bring anything|bring with|what to wear|
        should i wear|to wear|apron*|provided|equipment|old clothes|
        apporter|apporte|tablier*|comment s'habiller|fourni|fournis|fournie*|materiel|equipement|
        venir avec|
        mitbring*|mitzubringen|mit bringen|anziehen|schurze*|schuerze*|ausrustung|ausruestung|
        bereitgestellt|
        que llevar|que llevo|que traer|traer algo|llevar algo|hay que llevar|tengo que llevar|
        delantal*|ponerme|equipo necesario|incluye material|
        que levar|que levo|levar algo|trazer|trago|tenho que levar|tenho de levar|preciso levar|
        avental|equipamento""",
    "contact": """phone|phoning|call you|call me|give a call|ring you|get in touch|reach you|
        whatsapp|whats app|email address|your email|e-mail address|mobile number|text you|callback|
        call back|contact|contacts|contacting|contacted|
        telephon*|tel|appeler|appelez|rappeler|rappelez|joindre|joignable*|vous ecrire|adresse mail|
        adresse e-mail|courriel|mon numero|votre numero|par mail|contacter|contactez|
        telefon*|anruf*|ruckruf*|rueckruf*|zuruckrufen|zurueckrufen|erreich*|kontakt*|handynummer|
        eure nummer|ihre nummer|mailadresse|e-mail-adresse|emailadresse|per mail|
        llamar|llamo|llamada*|llamenme|llamadme|marcar al|comunicar*|correo electronico|su correo|
        vuestro correo|celular|wasap|whatsap|su numero|escribirles|contacto|contactar*|
        telemovel|ligar|ligo|liguem|ligacao|contat*|falar convosco|vosso email|seu email|
        vosso numero|seu numero|correio eletronico""",
    "person": """human|real person|a person|somebody real|agent|employee|humans|speak to someone|
        talk to someone|speak with someone|talk to somebody|speak to somebody|customer service|
        chatbot|manager|operator|talk to a|real someone|
        humain*|vraie personne|une vraie personne|parler a quelqu'un|conseiller*|un vendeur|
        service client|responsable|employe|
        mensch|menschen|echte person|richtige person|mitarbeiter*|mit jemandem sprechen|
        mit jemandem reden|jemand sprechen|ansprechpartner*|kundenservice|berater*|kundenberater*|
        personlich sprechen|verkaufer*|
        humano*|humana|persona real|una persona real|hablar con alguien|con alguien|agente*|asesor*|
        operador*|encargad*|atencion al cliente|servicio al cliente|empleado*|persona de verdad|
        pessoa real|pessoa de verdade|pessoa a serio|falar com alguem|com alguem|atendente*|
        assistente|apoio ao cliente|atendimento ao cliente|gerente|funcionario*|responsavel|
        vendedor*""",
    "job": """job|jobs|hiring|vacanc*|internship|vaccanc*|intern|interns|recruit*|work for you|
        work with you|applying|application|cv|employment|apprentice*|part-time|work experience|
        looking for work|
        recrut*|emploi|stage d|embauch*|candidat*|postul*|poste a pourvoir|travailler chez|
        travailler avec|travailler pour|apprentissage|stagiaire*|lettre de motivation|
        cherche un stage|
        praktikum|stelle|stellen|bewerb*|stellenangebot*|ausbildung*|azubi|lehrstelle|praktika|
        praktikant*|minijob|nebenjob|aushilf*|arbeiten bei|bei euch arbeiten|mitarbeiten|einstellen|
        schulerpraktikum|
        empleo|trabajar con|practicas|empleos|trabajar en|trabajar para|vacante*|puesto|puestos|
        contrat*|curriculum*|buscan personal|solicitan personal|media jornada|
        emprego|vaga de|estagio|empregos|trabalhar com|trabalhar na|trabalhar convosco|curriculo*|
        estagiari*|estagios|meio periodo""",
}
