"""More reasons as officers write them (A7): short forms, slips, other languages.

Made up by us; a bare number stays a code, whatever it means in one state.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from alprmap.access.searches.reasons import categories, category_codes

WRITTEN = {
    "immigration_assist": """
        assit ICE | Ice Agents | ICE-HSI | ICE ERO 24-12345 Juan | I.C.E | ICE detainee transport
        | HSI San Diego | H S I | HSIAssist | ICEassist | immigrations and customs |
        Immigration/Customs | DHS-HSI | DHS ERO | OFO | Border Partol | Border Petrol | boder
        patrol | USBP/HSI | CBP Air | CBPO | BP assist | BP request | homeland security | Homland
        Security | Homeland Sec. Inv. | ICE TF | ICE task force | 287G TFM | 287 (g) | sec 287g |
        287g program | warrant service officer 287g | ICE 287 | USICE | US ICE | U.S. ICE |
        ICE/HSI/ATF | removal officers ICE | deportation officer assist | ICE fugitive ops | CBP
        AMO | CBP-OFO | ofo port of entry | ENFORCEMENT AND REMOVAL OPERATIONS | Enforcement &
        Removal | ice warrnt | ayudar a ICE | agentes de ICE | apoyo patrulla fronteriza | aduanas
        | HSI/ 2026-00012 child exploit | Border patrol bailout | bp bailout | ICE detention | Ice
        detainer lift | asst HSI w veh | hsi intel | ICE OP 26-114 | ERO target | assist border
        patrol - bailout | Borderpatrol veh | DHS ICE request | ice agent on scene | CBP
        checkpoint evader | per ICE | ICE Detainer/ warrant | HSI Agent Doe req | USBP BOLO |
        I.C.E. hold | 287g task force op | ICE - 26-00891 - wanted | homeland security
        investigation | ice raid | Immigr & Customs Enf
    """,
    "immigration": """
        imigration | immagration | Immgration | illegal immigrants | illegals | illegal aliens |
        alien smuggling | human smuggling 26-001 | humansmuggling | UDA | UDAs | UDA bailout |
        smuggling of aliens | 8 USC 1324 | 8USC1326 | 8 U.S.C. 1324 | USC 1326 reentry | Title 8 |
        visa fraud overstay | undoc | undocumented person | deporation | removal orders | final
        order of removal | detainer I-247A | I-200 | I-205 warrant | I-213 | trafico de personas
        indocumentadas | migración | deportación | indocumentados | inmigracion ilegal |
        Immigration violation | immigration - civil | immig. | asylum | smuggling load | human
        smuglling | immigation status | migrants in trailer | undocumented | illegal alien load |
        smuggling illegal aliens | deported felon | deportee | reentry after deport
    """,
    "reproductive_care": """
        abortion | had an abortion, search for female | abotion | self managed abortion | aborto |
        planned parenthood | abortion pills
    """,
    "protest": """
        protest | protesters | protestors downtown | No Kings rally | demonstration |
        demonstrators | 50501 protest | hands off protest | marcha | manifestación | riot protest
        | picket | protesta | protest at city hall | protesters on bridge
    """,
    "federal_assist": """
        USMS | U.S. Marshals | us marshal | Marshals TF | F.B.I. | FBI TFO | D.E.A. | DEA assist |
        ATF | A.T.F. | USPIS | postal inspector | postal inspection | Secret Svc | USSS | IRS-CI |
        FBI/JTTF | federal agency assist | fed assist | Homeland? DHS | DHS I&A | NPS | BLM ranger
        | US Forest Svc | BIA | diplomatic security | US Atty | FPS | federal protective service |
        assist FBI | FBI case | USMS fugitive | DEA TFO | assist us marshals | ATF inv | Federal
        warrant
    """,
    "test": """
        test | TESTING | tst | testing cam 4 | training | Training - academy | FTO training | demo
        | audit | system check | camera test | Flock demo | practice | prueba | cam check |
        calibration | trainng | test search | Training Search | testing system | Demo for council
        | audit of searches
    """,
    "missing_person": """
        missing person | MISSING JUV | missing juvenile 26-1234 | runaway juv | run-away | amber |
        AMBER Alert | silver alert | endangered missing | mssing person | missing endangered |
        missing adult | persona desaparecida | kidnapping | kidnaping | abdution | parental
        abduction | critical missing | MissingPerson | run away child | at risk missing |
        Alzheimers walkaway | silver-alert | MISSING ENDANGERED 26-55 | Missing/Runaway | missing
        14yo | Juv runaway | missing female w/ dementia | amber alert veh | persona perdida | niño
        perdido | missing kid
    """,
    "welfare": """
        welfare check | WELCK | welf ck | wellness check | check the welfare | suicidal subject |
        sucidal | suicde | ctw | CTW | 5150 | 51-50 | mental subject | baker act | well-being chk
        | check wellbeing | despondent | suicida | crisis | WELFARE CHK | suicidal male | wel
        check | check welfare | mental health crisis
    """,
    "homicide": """
        homicide | HOMICIDE 26-0001 | homocide | murder | 187 PC | PC187 | attempted murder | dead
        body | DOA | death investigation | homicidio | vehicular manslaughter | att homicide |
        unattended death | double homicide | HOMICIDE INV | homicide suspect | murder warrant |
        death inv
    """,
    "sexual_or_child": """
        sexual assault | sex assault | CSC | CSC 1st | rape | child abuse | icac | CSAM | child
        porn | human trafficking | humantrafficking | prostitution | indecent exposure | indecent
        exp | peeping | sex offender | sexaul assault | child endangerment | lewd acts |
        trafficking minors | 288 PC | 261PC | trata | abuso sexual | abuso infantil | solicitation
        of a minor | luring a minor | exploitation of a minor | molest | molestation | sexual
        battery | child neglect | ICAC tip | sex crimes | human trafficing | indecency w child |
        CSAM tip
    """,
    "robbery": """
        robbery | ROBBRY | robery | robberry | armed robbery | bank robbery | 211 PC | 211PC | PC
        211 | carjack | carjacking | car-jacking | agg rob | agg robbery | ARMED ROB | robo |
        asalto a mano armada | home invasion | purse snatching | strongarm robbery | street rob |
        ROBB 26-11 | aggravated robbery | robbery inv | carjacking susp | attempted robbery
    """,
    "vehicle_theft": """
        stolen vehicle | stolen veh | stolen vehcile | STOLEN VEH 26-33 | stln veh | S/V | SV |
        10851 VC | VC10851 | GTA | G.T.A. | UUMV | auto theft | motor veh theft | MVT | stolen
        motorcycle | stolen plate | stolen plates | stolen lic plate | stolen trailer | stolen
        U-Haul | vehículo robado | carro robado | robo de vehículo | UUV | Unauth use of vehicle |
        unauthorized use of motor vehicle | veh theft | vehicle thefts | car stolen | veh stolen |
        sto veh | recovered stolen | auto thft | 10-16 stolen | stolen atv | STOLEN TOYOTA CAMRY |
        stolen car 26-1 | veh stolen from lot | stolen lp | stolen temp tag | car theft inv |
        Stolen Kia | recovered stolen veh | 10851/stolen | stolen rental
    """,
    "burglary": """
        burglary | BURG | burg 2 | burglry | burgalry | residential burglary | res burg | comm
        burg | 459 PC | 459pc | B&E | B & E | breaking & entering | break-in | robo a casa
        habitacion | commercial brglry | burg/veh | vehicle burglary | auto burg | smash and grab
        | smash & grab | car break in | burglary to auto | veh burg 26-11 | BURG RES | attempted
        burglary | Burg inv | bus. burglary | burgs
    """,
    "theft": """
        theft | thft | THEFT 26-1 | larceny | larcney | petit theft | petty theft | grand theft |
        shoplifting | shop lifting | shoplft | ORC | O.R.C. | retail theft | catalytic converter |
        cat converter theft | porch pirate | package theft | mail theft | gas drive off | theft f/
        veh | theft from mv | TFA | 484 PC | 488 PC | hurto | tools stolen | stolen property |
        stolen firearm | cargo theft | copper theft | pickpocket | theft of services | LFA |
        larceny from auto | theft 26-222 | Retail Theft | theft of trailer hitch | larc | felony
        theft | theft from bldg | theft/shoplift
    """,
    "fraud": """
        fraud | FRAUD 26-88 | forgery | forged check | counterfeit | counterfiet bills | ID theft
        | identity theft | credit card fraud | cc fraud | skimmer | scam | elder fraud |
        embezzlement | wire fraud | bad check | bad checks | fraude | estafa | check washing |
        impersonation | false pretenses | cc abuse | credit card abuse | exploitation of elderly |
        fraud inv | forgery 26 | counterfeit $ | debit card fraud | check fraud
    """,
    "violence": """
        assault | ASLT | aslt | agg aslt | aggravated assault | assult | assualt | battery | DV |
        D.V. | domestic | domestic violence | dom viol | ADW | shooting | shots fired |
        shotspotter | drive-by shooting | stabbing | weapons offense | man w/ gun | person with
        gun | PWG | threats | terroristic threats | terr threats | criminal threats | menacing |
        brandishing | stalking | harrassment | TPO violation | VPO | restraining order viol | RO
        violation | 245 PC | 273.5 PC | 422 PC | 417PC | amenazas | violencia domestica | disparos
        | balacera | felonious assault | fel assault | GSW | gunshot | swatting | bomb threat |
        strangulation | simple asslt | A&B | assault & battery | AGG ASSAULT | Assault DW | dom.
        violence | DV suspect | threats to kill | stalking inv | shooting inv 26-11 | weapon
        violation | agresión
    """,
    "drugs": """
        narcotics | NARCS | narco | drug inv | drugs | meth | fent | fentnyl | fentanyl | cocaine
        | coke | heroin | OD | overdose | PWID | PWITD | drug trafficking | CDS | CDS inv |
        marijuana | MJ | weed | dope | opioid | pills | drogas | narcotráfico | narcotrafico |
        VUCSA | controlled substance | drug interdiction | interdiction | narcotic | meth lab |
        narc inv | drug investigation | NARCOTICS INV 26-0001 | poss cs | meth dealer | drug deal
        | fentanyl od | dope house
    """,
    "traffic": """
        hit & run | H&R | h/r | hit and run | hitrun | HNR | hit&run 26-4 | 20001 VC | 20002VC |
        leaving scene | LSA | LTS | leaving the scene of accident | FTSRA | crash | MVA | MVC | TC
        | T/C | accdient | accident | DUI | DWI | OWI | drunk driver | intoxicated driver |
        impaired driver | reckless driver | wreckless | reckless | fled | fleeing | F&E | flee and
        elude | eluding | evading | evade | felony evading | pursuit | vehicle pursuit | failed to
        stop | fail to yield | street racing | street takeover | speed | speeding | road rage |
        DWLS | suspended DL | susp license | expired tag | no insurance | seatbelt | red light |
        choque | choque y fuga | conductor ebrio | FTY | traffic stop | tstop | t-stop | traffic
        complaint | parking complaint | school bus violation | careless driving | hit and run
        26-1123 | H & R crash | hit/run | leaving the scene | FLEEING | fled traffic stop | DUI
        driver | reckless driver I-10 | MVA w/ inj | failed to yield | evading arrest in veh |
        pursuit susp veh | atropello
    """,
    "wanted": """
        warrant | warrnt | WARRANTS | wrt | wrnt | warr | felony warrant | wanted person | wanted
        subject | wanted felon | fugitive | fugitve | fug | parole | PAL | parole violator |
        probation | probation viol | VOP | FTA | PC to arrest | arrest warrant | prófugo | orden
        de arresto | orden de aprehension | absconder | escapee | bail jumper | capias | bench
        warrant | arrest | warrant for arrest | felony wrnt | wanted subj | WARRANT 26-11 |
        fugitive apprehension | parolee | arrest wrnt
    """,
    "property": """
        arson | arsn | vandalism | vandalisim | crim mischief | criminal mischief | criminal
        damage | CDTP | CDP | damage to property | property damage | prop dmg | prop damage |
        illegal dumping | dumping | littering | trespass | trespassing | tresspass | 594 PC |
        graffiti | tagging | incendio | vandalismo | malicious mischief | MDOP | crim mischief 26
        | vandalism to veh | criminal damage to property | arson inv
    """,
    "disorder": """
        disturbance | distrubance | disorderly conduct | disorderly | noise complaint | fight |
        fighting | alcohol | public intox | drunk | curfew | loitering | animal cruelty | animal
        bite | dog bite | juvenile prob | obstruction | obstructing | riot | nuisance | open
        container | juv disturbance | noise | disorderly subject | fight in progress | disturbance
        26-1 | loud music
    """,
    "agency_assist": """
        agency assist | AOA | A.O.A. | assist other agency | assist OA | asst other PD | assist PD
        | Assist SO | assist FHP | outside agency | O/A | OAA | mutual aid | assisting Laredo PD |
        agcy asst | assit other agency | agency asst | task force | TFO | apoyo a otra agencia |
        LE assist | ATL for PD? other agency request | assist outside agency | AOA - FPD | asst
        Lee Co SO | agency assist 26-12 | assist other dept
    """,
    "lookout": """
        bolo | BOLO 26-1 | B.O.L.O. | BOL | b/o | BOLO veh | ATL | attempt to locate | attmpt to
        locate | suspicious vehicle | susp veh | sus veh | suspicous | suspicious person |
        suspicous person | sus person | suspect vehicle | suspect veh | subject vehicle | locate |
        located veh | be on lookout | be on the lookout | victim | witness | vehicle of interest |
        VOI | POI | person of interest | vehículo sospechoso | sospechoso | plate check | tag
        check | run plate | abandoned veh | veh check | sus circ | suspicious circumstances | hot
        list | hit | LPR hit | flock hit | BOLO silver SUV | bolo from LPD | susp. veh | locate
        suspect veh | ATL veh | suspicious activity | vehículo | veh of interest
    """,
    "investigation": """
        investigation | INV | inv. | invest | investgation | investigaton | investigative |
        criminal investigation | crim inv | CID | case | case 26-1234 | Case # 26-00123 | patrol |
        patrol ops | LE | law enforcement | law enforcement purposes | police | official use |
        felony | misd | misdemeanor | follow up | f/u | follow-up | followup | intel |
        intelligence | search | surveil | surveillance | active inv | ongoing | cfs | CFS 26-12 |
        call for service | call | DET | detective | gang | gang unit | gangs | investigación |
        investigacion | caso | crime | SIU | SVU | criminal | incident | report | inv 26-1 |
        criminal inv | LE Purpose | investigation 2026-1122 | patrol inv | case follow up | crim
        investigation | law enf | invs
    """,
    "code": """
        26-001234 | 2026-00012345 | #12345 | B26-0012 | C26001234 | PR260001 | A | x | 26CR00123 |
        1234 | CN2600012 | 26-1234/26-1235 | T260012345 | 187 | 459 | 10851
    """,
    "empty": """
        N/A | n/a | na | none | None | NULL | unk | unknown | - | -- | . | ? | ... | n.a. | N A |
        ninguno | no reason | not provided | blank | NONE GIVEN | N/A. | none given | Not Provided
        | unk.
    """,
    "unclear": """
        Jane Placeholder | blue ford | OK | asdf | red truck on 5th | Smith | xx yy | icy road |
        nice | MIKE | rice | Price
    """,
}


@pytest.mark.parametrize("category", WRITTEN)
def test_A7_a_reason_of_a_second_hand_has_its_category(category: str) -> None:
    reasons = [" ".join(r.split()) for r in WRITTEN[category].split("|")]
    names = categories().names
    told = [names[c] for c in category_codes(pa.array(reasons, pa.string()))]
    assert {r: t for r, t in zip(reasons, told, strict=True) if t != category} == {}
